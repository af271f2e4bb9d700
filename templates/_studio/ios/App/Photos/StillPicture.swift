import CoreGraphics

/// A picture that stands still: a photo, or a frame of the camera's that is held.
protocol StillPicture: OpenedPhoto {
    /// For the screen, and how its rows lie.
    var preview: CGImage { get }
    var previewOrientation: ExifOrientation { get }
    /// All of its pixels, as they are stored, and how their rows lie.
    var image: CGImage? { get }
    var orientation: ExifOrientation { get }

    func detect(with detector: Detector) throws -> DetectionResult
}
