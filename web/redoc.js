// Starts Redoc on /redoc.
Redoc.init('openapi.json', { hideDownloadButtons: true, expandResponses: '200' },
  document.getElementById('redoc'));
