// Starts Swagger UI on /docs with the collect operation open and its example filled in, so that
// the first click on Execute stores a row.
window.ui = SwaggerUIBundle({
  // Relative to this script: the page may be shown with or without a slash at its end.
  url: new URL('../../openapi.json', document.currentScript.src).href,
  dom_id: '#swagger',
  presets: [SwaggerUIBundle.presets.apis],
  layout: 'BaseLayout',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: null,  // The public validator would be a request to another host.
  onComplete: function () {
    if (!location.hash) window.ui.layoutActions.show(['operations', 'events', 'collect'], true);
  }
});
