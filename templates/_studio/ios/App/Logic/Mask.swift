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

extension Mask {
    /// How many pixels of the whole bitmap are 0, then 1, then 0 and so on, row by row.
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
