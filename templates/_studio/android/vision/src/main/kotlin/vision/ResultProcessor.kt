package vision


