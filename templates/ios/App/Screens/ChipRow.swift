import SwiftUI

/// What is seen and how many of each. A touch shows this class alone, another one all of them again.
struct ChipRow: View {
    let model: AppModel

    var body: some View {
        // A row that comes and goes would move everything else: it is there as long as a picture is looked at.
        if model.results.hasResult {
            ScrollView(.horizontal, showsIndicators: false) {
                HStack {
                    ForEach(model.results.chips, id: \.classIndex) { chip in
                        Chip(
                            text: Summary.text(chip, names: model.models.live.classNames),
                            color: ClassColor(classIndex: chip.classIndex),
                            isChosen: model.results.chosenClass == chip.classIndex
                        ) {
                            model.tapChip(of: chip.classIndex)
                        }
                    }
                }
            }
            .frame(minHeight: Chip.height)
        }
    }
}

private struct Chip: View {
    /// As large as a finger.
    static let height = 44.0
    private static let widest = 240.0
    private static let margin = 10.0

    let text: String
    let color: ClassColor
    let isChosen: Bool
    let action: @MainActor () -> Void

    var body: some View {
        Button(action: action) {
            HStack {
                Image(systemName: isChosen ? "checkmark.circle.fill" : "circle.fill")
                    .foregroundStyle(Color(red: color.red, green: color.green, blue: color.blue))
                Text(verbatim: text)
                    .lineLimit(1)
                    .frame(maxWidth: Chip.widest)
            }
            .font(.subheadline.monospacedDigit())
            .padding(Chip.margin)
            .frame(minHeight: Chip.height)
            .background(.regularMaterial, in: .rect(cornerRadius: Chip.height / 2))
        }
        .buttonStyle(.plain)
        .accessibilityLabel(text)
        .accessibilityAddTraits(isChosen ? .isSelected : [])
    }
}
