"""The source of `.pt2` files: programs that torch.export saved."""
