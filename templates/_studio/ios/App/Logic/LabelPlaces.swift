import Foundation

/// Finds a place for each label, the best detection's first: above its box or a few lines from there, where no better
/// label lies. In a crowd the rest goes without a label, or no box could be seen.
struct LabelPlaces {
    private let height: Double
    private let bounds: CGRect
    private let isCrowd: Bool
    private var taken: [CGRect] = []

    /// Labels of this height stay between the upper and the lower edge of `bounds`. `isCrowd`: not every box needs one.
    init(height: Double, bounds: CGRect, isCrowd: Bool) {
        self.height = height
        self.bounds = bounds
        self.isCrowd = isCrowd
    }

    /// The place of the next label, of the next best detection; nil: it goes without.
    mutating func place(left: Double, width: Double, boxTop: Double) -> CGRect? {
        guard let top = top(left: left, width: width, boxTop: boxTop) else { return nil }
        let place = CGRect(x: left, y: top, width: width, height: height)
        taken.append(place)
        return place
    }

    private func top(left: Double, width: Double, boxTop: Double) -> Double? {
        let above = boxTop - height
        let wanted = above >= bounds.minY ? above : boxTop
        let usual = min(max(wanted, bounds.minY), max(bounds.minY, bounds.maxY - height))
        if isFree(left: left, top: usual, width: width) { return usual }
        for lines in 1...Appearance.labelLinesAway {
            let away = Double(lines) * height
            if isFree(left: left, top: usual + away, width: width) { return usual + away }
            if isFree(left: left, top: usual - away, width: width) { return usual - away }
        }
        return isCrowd ? nil : usual
    }

    private func isFree(left: Double, top: Double, width: Double) -> Bool {
        let bottom = top + height
        if top < bounds.minY || bottom > bounds.maxY { return false }
        return taken.allSatisfy { other in
            left >= other.maxX || left + width <= other.minX || top >= other.maxY || bottom <= other.minY
        }
    }
}
