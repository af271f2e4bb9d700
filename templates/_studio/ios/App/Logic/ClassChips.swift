/// How many things of a class are seen.
struct ClassCount: Equatable, Sendable {
    let classIndex: Int
    let count: Int

    /// Of all classes that are there, in the order of the first box of each.
    static func all(of boxes: [Box]) -> [ClassCount] {
        var order: [Int] = []
        var counts: [Int: Int] = [:]
        for box in boxes {
            if counts[box.classIndex] == nil { order.append(box.classIndex) }
            counts[box.classIndex, default: 0] += 1
        }
        return order.map { ClassCount(classIndex: $0, count: counts[$0, default: 0]) }
    }
}

/// What is seen and how many of each: the chips below the picture, which stand still while things come and go. One value;
/// whatever happens makes another one of it.
struct ClassChips: Equatable, Sendable {
    enum Event: Equatable, Sendable {
        /// In a frame of this time, in seconds.
        case frame([ClassCount], time: Double)
        case photo([ClassCount])
        /// Somebody wants to see this class alone; when it is so already, all of them again.
        case tapped(classIndex: Int)
        /// And in another colour: the next one, after the last its own again.
        case recolored(classIndex: Int)
        /// Something else is about to be shown.
        case cleared
    }

    /// Seconds for which a class that is not seen any more keeps its place.
    static let patience = 2.0

    /// In the order in which they came.
    private(set) var chips: [ClassCount] = []
    /// The class that is shown alone.
    private(set) var chosen: Int?
    /// By class, of those that somebody has given another colour: the number of the class whose colour that is.
    private(set) var colors: [Int: Int] = [:]
    private var seenAt: [Int: Double] = [:]

    func after(_ event: Event) -> ClassChips {
        var next = self
        switch event {
        case .frame(let counts, let time):
            let seenAt = self.seenAt.merging(counts.map { ($0.classIndex, time) }) { $1 }
                .filter { abs(time - $0.value) < ClassChips.patience }
            next.seenAt = seenAt
            next.chips = placed(counts) { seenAt[$0] != nil }
        case .photo(let counts):
            next.seenAt = [:]
            next.chips = placed(counts) { _ in false }
        case .tapped(let classIndex): next.chosen = classIndex == chosen ? nil : classIndex
        case .recolored(let classIndex):
            let count = Appearance.classColors.count
            let color = ((colors[classIndex] ?? classIndex) + 1) % count
            next.colors[classIndex] = color == classIndex % count ? nil : color
        case .cleared: next = after(.photo([]))
        }
        return next
    }

    /// Those that are there keep their places, also the one that was chosen; new ones come behind them.
    private func placed(_ counts: [ClassCount], isKept: (Int) -> Bool) -> [ClassCount] {
        let number = Dictionary(uniqueKeysWithValues: counts.map { ($0.classIndex, $0.count) })
        let old = chips.map(\.classIndex).filter { number[$0] != nil || $0 == chosen || isKept($0) }
        let new = counts.map(\.classIndex).filter { !old.contains($0) }
        return (old + new).map { ClassCount(classIndex: $0, count: number[$0, default: 0]) }
    }
}
