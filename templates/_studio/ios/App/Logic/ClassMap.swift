import Foundation

/// Which class every pixel of the upright picture is of.
struct ClassMap: Equatable, Sendable {
    /// A class that is not shown, or none.
    static let none: UInt8 = 255

    let width: Int
    let height: Int
    /// A byte for each pixel, row by row: the number of its class.
    var pixels: Data
    /// Of the classes that are there, largest first.
    var shares: [ClassShare]
}

struct ClassShare: Equatable, Sendable {
    var classIndex: Int
    /// Of the picture's area, 0 to 1.
    var share: Double
}
