import Foundation  // CGSize, of PictureResult.size

/// Yours to fill: what becomes of every result before it is shown and shared, in this order. README.md shows one.
enum ResultProcessors {
    /// For each start of the camera, and for each detection in a photo.
    static func make() -> [any ResultProcessor] {
        []
    }
}
