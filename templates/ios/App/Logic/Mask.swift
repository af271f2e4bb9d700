import Foundation

/// What in a picture belongs to a thing: a part of a bitmap of the size of the model's input.
struct Mask: Equatable, Sendable {
    struct Bitmap: Equatable, Sendable {
        let width: Int
        let height: Int
        /// Where it lies, in pixels of the upright picture: it sticks out by the input's border.
        let place: CGRect
    }

    let bitmap: Bitmap
    /// Of the part, in pixels of the bitmap.
    let left: Int
    let top: Int
    let width: Int
    let height: Int
    /// A byte for each pixel of the part, row by row: 1 where it belongs to the thing, else 0.
    let pixels: Data
}
