"""iOS: the project, its bridge run here, its tests in Xcode."""
