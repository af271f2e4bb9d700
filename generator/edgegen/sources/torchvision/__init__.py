"""The source of torchvision's classifiers with the weights that torchvision publishes."""
