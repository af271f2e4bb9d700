import Foundation

extension Mask {
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
        add(false, top * bitmapWidth)
        for row in 0..<height {
            add(false, left)
            for pixel in pixels.dropFirst(row * width).prefix(width) { add(pixel != 0, 1) }
            add(false, bitmapWidth - left - width)
        }
        add(false, (bitmapHeight - top - height) * bitmapWidth)
        return runs
    }
}
