import Foundation

/// Makes one picture of all masks that the processors before it have left, the best on top.
struct MaskPainter: ResultProcessor {
    // Used again for the next picture
    private var canvas: MaskCanvas?

    mutating func process(_ result: inout PictureResult) {
        let masks = result.boxes.filter { $0.mask != nil }
        guard let bitmap = masks.first?.mask?.bitmap else { return }
        let canvas = emptyCanvas(bitmap)
        for box in masks.reversed() {
            guard let mask = box.mask, mask.bitmap == bitmap else { continue }
            let color = box.color
            canvas.paint(
                pixels: mask.pixels, left: mask.left, top: mask.top, width: mask.width, height: mask.height,
                red: color.red, green: color.green, blue: color.blue)
        }
        let painting = Painting(width: canvas.width, height: canvas.height, rgba: canvas.rgba)
        result.painting = PlacedPainting(painting: painting, place: bitmap.place)
    }

    private mutating func emptyCanvas(_ bitmap: Mask.Bitmap) -> MaskCanvas {
        if let canvas, canvas.width == bitmap.width, canvas.height == bitmap.height {
            canvas.clear()
            return canvas
        }
        let canvas = MaskCanvas(width: bitmap.width, height: bitmap.height)
        self.canvas = canvas
        return canvas
    }
}
