// Hands what an authorization server answered back to the Swagger UI that opened this window.
const asked = window.opener && window.opener.swaggerUIRedirectOauth2;
if (asked) {
  const answer = Object.fromEntries(
    new URLSearchParams(location.hash.slice(1) || location.search.slice(1)));
  if (answer.state === asked.state && answer.code) {
    asked.auth.code = answer.code;
    asked.callback({ auth: asked.auth, redirectUrl: asked.redirectUrl });
  } else if (answer.state === asked.state && answer.access_token) {
    asked.callback({ auth: asked.auth, token: answer, isValid: true,
                     redirectUrl: asked.redirectUrl });
  } else {
    asked.errCb({ authId: asked.auth.name, source: 'auth', level: 'error',
                  message: answer.error_description || answer.error ||
                           'The authorization server sent no code.' });
  }
  window.close();
}
