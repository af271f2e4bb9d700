import SwiftUI

/// What is seen and how many of each. A touch shows this class alone, another one all of them again; a long one gives
/// it another colour.
struct ChipRow: View {
    let model: AppModel

    var body: some View {
        ScrollView(.horizontal, showsIndicators: false) {
            HStack {
                ForEach(model.results.chips, id: \.classIndex) { chip in
                    Chip(
                        chip: chip,
                        names: model.live.classNames,
                        color: ClassColor(classIndex: model.results.colors[chip.classIndex] ?? chip.classIndex),
                        isChosen: model.results.chosenClass == chip.classIndex
                    ) {
                        model.tapChip(of: chip.classIndex)
                    }
                    .contextMenu {
                        Button("another_color", systemImage: "paintpalette") { model.recolor(chip.classIndex) }
                    }
                }
            }
        }
        // Also without a chip: a row that comes and goes would move everything else.
        .frame(minHeight: Chip.height)
    }
}

private struct Chip: View {
    /// As large as a finger.
    static let height = 44.0
    private static let widest = 240.0
    private static let margin = 10.0

    let chip: ClassCount
    let names: [String]
    let color: ClassColor
    let isChosen: Bool
    let action: @MainActor () -> Void

    var body: some View {
        Button(action: action) {
            HStack {
                Image(systemName: isChosen ? "checkmark.circle.fill" : "circle.fill")
                    .foregroundStyle(Color(red: color.red, green: color.green, blue: color.blue))
                Text(verbatim: Summary.text(chip, names: names))
                    .lineLimit(1)
                    .frame(maxWidth: Chip.widest)
            }
            .font(.subheadline.monospacedDigit())
            .padding(Chip.margin)
            .frame(minHeight: Chip.height)
            .background(.regularMaterial, in: .rect(cornerRadius: Chip.height / 2))
        }
        .buttonStyle(.plain)
        // What changes with the frames is the value: VoiceOver stays at the chip that it reads.
        .accessibilityLabel(ClassWords.name(chip.classIndex, of: names))
        .accessibilityValue(String(chip.count))
        .accessibilityAddTraits(isChosen ? [.isSelected, .updatesFrequently] : .updatesFrequently)
    }
}
