"""Detection: decoding, selection, and mapping to the picture."""
