"""The source of whole modules of torchvision and timm, saved with torch.save(model, PATH)."""
