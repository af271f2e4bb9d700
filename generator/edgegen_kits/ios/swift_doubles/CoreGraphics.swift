// What plain Swift may use of Apple's CoreGraphics, for its tests on Linux.
@_exported import struct Foundation.CGFloat
@_exported import struct Foundation.CGPoint
@_exported import struct Foundation.CGRect
@_exported import struct Foundation.CGSize

/// An image without pixels.
open class CGImage: @unchecked Sendable {
    public let width: Int
    public let height: Int

    public init(width: Int, height: Int) {
        (self.width, self.height) = (width, height)
    }
}
