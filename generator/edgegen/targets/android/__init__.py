"""Android: the project, its launch on a JVM, its tests on a phone."""
