import Foundation

/// How finely a map is painted: of a camera's picture every pixel, of a huge photo every second or third one has to do.
enum MapSteps {
    /// Pixels of a painting.
    static let most = 4_000_000

    static func step(width: Int, height: Int) -> Int {
        var step = 1
        while width * height > most * step * step { step += 1 }
        return step
    }

    /// How many pixels of a side are painted.
    static func count(_ side: Int, step: Int) -> Int {
        (side + step - 1) / step
    }
}

extension PlacedPainting {
    /// A map of this size, painted with this step; nil where it was not.
    init?(of rgba: Data, width: Int, height: Int, step: Int) {
        let (columns, rows) = (MapSteps.count(width, step: step), MapSteps.count(height, step: step))
        guard !rgba.isEmpty, rgba.count == 4 * columns * rows else { return nil }
        painting = Painting(width: columns, height: rows, rgba: rgba)
        place = CGRect(x: 0, y: 0, width: columns * step, height: rows * step)
    }
}
