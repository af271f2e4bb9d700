import Foundation

/// A place of the picture that somebody touched, as shares of its width and height: it stays the same one in the next
/// frame, and however the view shows them.
struct TouchedPlace: Equatable, Sendable {
    /// From the left, 0 to 1.
    let x: Double
    /// From above, 0 to 1.
    let y: Double

    static let middle = TouchedPlace(x: 0.5, y: 0.5)

    /// In pixels of a picture of this size.
    func pixel(in picture: CGSize) -> CGPoint {
        CGPoint(x: x * picture.width, y: y * picture.height)
    }
}

extension TouchedPlace {
    /// What the view shows at this point of its own; nil: not the picture.
    init?(at point: CGPoint, in mapping: PictureMapping) {
        guard let share = mapping.share(at: point), (0..<1).contains(share.x), (0..<1).contains(share.y) else { return nil }
        self.init(x: share.x, y: share.y)
    }
}
