// Starts Redoc on /redoc. The path is relative to this script: the page may be shown with or without
// a slash at its end.
Redoc.init(new URL('../../openapi.json', document.currentScript.src).href, { hideDownloadButtons: true, expandResponses: '200' },
  document.getElementById('redoc'));
