"""Custom templates, rendered by copier. Only this package imports copier, and only its public interface."""
