import CoreGraphics

/// A picture with what was found in it, to be shared.
struct Snapshot: Sendable {
    let image: CGImage
    let orientation: ExifOrientation
    var result: PictureResult
}
