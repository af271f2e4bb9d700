import Foundation

extension PictureResult {
    /// The thing that somebody touched: of several the smallest, which no other way could be touched.
    func thing(at place: TouchedPlace) -> Box? {
        let point = place.pixel(in: size)
        let touched = boxes.filter {
            $0.left <= point.x && point.x <= $0.right && $0.top <= point.y && point.y <= $0.bottom
        }
        return touched.min { $0.area < $1.area }
    }

    var surestThing: Box? {
        boxes.max { $0.score < $1.score }
    }
}

extension Box {
    var area: Double { (right - left) * (bottom - top) }

    /// The part of a picture of this size that is shown of it: with some of what is around it, in whole pixels.
    func crop(of picture: CGSize) -> CGRect {
        let margin = Box.margin * max(right - left, bottom - top)
        let whole = CGRect(origin: .zero, size: picture)
        return CGRect(
            x: left - margin, y: top - margin, width: right - left + 2 * margin, height: bottom - top + 2 * margin
        ).integral.intersection(whole)
    }

    private static let margin = 0.1
}
