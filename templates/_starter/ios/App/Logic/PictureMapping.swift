import Foundation

/// Converts pixels of a picture to points of the view that shows it, centred.
struct PictureMapping {
    enum Mode {
        /// The whole picture, with bars beside it.
        case fit
        /// The whole view, with parts of the picture cut off.
        case fill
    }

    let picture: CGSize
    let view: CGSize
    /// Points for each pixel; 0 if the picture or the view is empty.
    let scale: Double
    /// Clockwise, from the picture to the view.
    let quarterTurns: Int
    /// Whether the view shows the turned picture as a mirror does.
    let isMirrored: Bool

    init(picture: CGSize, view: CGSize, mode: Mode, quarterTurns: Int = 0, isMirrored: Bool = false) {
        self.picture = picture
        self.view = view
        self.quarterTurns = quarterTurns
        self.isMirrored = isMirrored
        guard picture.width > 0, picture.height > 0, view.width > 0, view.height > 0 else {
            scale = 0
            return
        }
        let isUpright = quarterTurns % 2 == 0
        let across = view.width / (isUpright ? picture.width : picture.height)
        let down = view.height / (isUpright ? picture.height : picture.width)
        scale = mode == .fit ? min(across, down) : max(across, down)
    }

    func point(_ pixel: CGPoint) -> CGPoint {
        var (x, y) = (pixel.x - picture.width / 2, pixel.y - picture.height / 2)  // from the middle
        for _ in 0..<quarterTurns { (x, y) = (-y, x) }
        return CGPoint(x: view.width / 2 + (isMirrored ? -x : x) * scale, y: view.height / 2 + y * scale)
    }

    func rect(_ pixels: CGRect) -> CGRect {
        let (first, last) = (point(pixels.origin), point(CGPoint(x: pixels.maxX, y: pixels.maxY)))
        return CGRect(
            x: min(first.x, last.x), y: min(first.y, last.y), width: abs(last.x - first.x),
            height: abs(last.y - first.y))
    }
}
