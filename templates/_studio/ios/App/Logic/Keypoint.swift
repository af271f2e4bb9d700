import Foundation

/// A point of a pose.
struct Keypoint: Equatable, Sendable {
    /// In pixels of the upright picture.
    var place: CGPoint
    /// 0 to 1, how sure the model is that the point can be seen.
    var score: Double
    /// More likely seen than not.
    var isVisible: Bool
}
