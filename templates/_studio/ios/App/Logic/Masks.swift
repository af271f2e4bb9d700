import Foundation

/// The mask of an object: a part of a bitmap that has the size of the model's input.
struct Mask: Equatable, Sendable {
    struct Bitmap: Equatable, Sendable {
        let width: Int
        let height: Int
        /// In pixels of the upright picture. It includes the border of the input.
        let place: CGRect
    }

    let bitmap: Bitmap
    /// The part, in pixels of the bitmap.
    let left: Int
    let top: Int
    let width: Int
    let height: Int
    /// A byte for each pixel of the part, row by row: 1 for the object, else 0.
    let pixels: Data

    /// The whole bitmap in run lengths, row by row: how many pixels are 0, then 1, then 0 and so on.
    var runs: [Int] {
        var runs = [0]
        var isInside = false
        func add(_ isSet: Bool, _ count: Int) {
            if count == 0 { return }
            if isSet != isInside { runs.append(0) }
            isInside = isSet
            runs[runs.count - 1] += count
        }
        add(false, top * bitmap.width)
        for row in 0..<height {
            add(false, left)
            for pixel in pixels.dropFirst(row * width).prefix(width) { add(pixel != 0, 1) }
            add(false, bitmap.width - left - width)
        }
        add(false, (bitmap.height - top - height) * bitmap.width)
        return runs
    }
}
