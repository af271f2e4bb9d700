/// How many objects of a class there are.
struct ClassCount: Equatable, Sendable {
    let classIndex: Int
    let className: String
    let count: Int

    /// On the screen.
    var name: String { Texts.className(className, index: classIndex) }

    /// Of all classes, in the order of the first box of each.
    static func all(of boxes: [Box]) -> [ClassCount] {
        var order: [Box] = []
        var counts: [Int: Int] = [:]
        for box in boxes {
            if counts[box.classIndex] == nil { order.append(box) }
            counts[box.classIndex, default: 0] += 1
        }
        return order.map {
            ClassCount(classIndex: $0.classIndex, className: $0.className, count: counts[$0.classIndex, default: 0])
        }
    }
}

/// The chips below the picture: the classes and their counts. They keep their places while objects come and go.
struct ClassChips: Equatable, Sendable {
    /// Seconds for which a class without objects keeps its place.
    static let patience = 2.0

    /// In the order in which they appeared.
    private(set) var chips: [ClassCount] = []
    /// The only class that is shown.
    private(set) var chosen: Int?
    private var lastTimes: [Int: Double] = [:]

    /// The next frame, with its time in seconds.
    mutating func showFrame(_ counts: [ClassCount], time: Double) {
        lastTimes = lastTimes.merging(counts.map { ($0.classIndex, time) }) { $1 }
            .filter { abs(time - $0.value) < ClassChips.patience }
        place(counts)
    }

    mutating func showPhoto(_ counts: [ClassCount]) {
        lastTimes = [:]
        place(counts)
    }

    /// Shows this class alone, or all classes again.
    mutating func tap(_ classIndex: Int) {
        chosen = classIndex == chosen ? nil : classIndex
    }

    private mutating func place(_ counts: [ClassCount]) {
        let number = Dictionary(uniqueKeysWithValues: counts.map { ($0.classIndex, $0.count) })
        let old = chips.filter { chip in
            number[chip.classIndex] != nil || chip.classIndex == chosen || lastTimes[chip.classIndex] != nil
        }
        let known = Set(old.map(\.classIndex))
        chips = (old + counts.filter { !known.contains($0.classIndex) }).map {
            ClassCount(classIndex: $0.classIndex, className: $0.className, count: number[$0.classIndex, default: 0])
        }
    }
}
