import Foundation

/// A picture that lies over another one.
struct PlacedPainting: Equatable, Sendable {
    let painting: Painting
    /// Where it lies, in pixels of the upright picture; it may stick out.
    let place: CGRect
}
