"""The web: a static page that runs the model in the browser."""
