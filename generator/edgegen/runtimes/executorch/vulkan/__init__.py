"""The backend Vulkan, of graphics processors."""
