// A plain script, not a module: browsers run no modules of a page that was opened from a file.
if (location.protocol === 'file:') {
  const progress = document.getElementById('progress');
  if (progress) progress.textContent = 'Browsers run this app from a web server only. Type: edgegen serve .';
  document.getElementById('progress-bar')?.remove();
}
