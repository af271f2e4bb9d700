"""The backend Core ML, of Apple's phones and computers."""
