"""Android: the project, its run on a JVM here, its tests on a phone."""
