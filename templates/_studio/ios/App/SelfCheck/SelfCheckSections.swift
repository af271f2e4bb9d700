import SwiftUI

/// Lines of text under a title; nothing at all without lines.
struct LinesSection: View {
    let titleKey: LocalizedStringKey
    let lines: [String]

    var body: some View {
        if !lines.isEmpty {
            Section(titleKey) {
                ForEach(lines, id: \.self) { line in
                    Text(verbatim: line)
                        .font(.footnote.monospacedDigit())
                        .textSelection(.enabled)
                }
            }
        }
    }
}

/// From the model's input to what is shown: the worst difference from the golden vectors, and how large it may be.
struct StagesSection: View {
    let stages: [CheckedStage]

    var body: some View {
        if !stages.isEmpty {
            Section("parity") {
                ForEach(stages, id: \.name) { StageRow(stage: $0) }
            }
        }
    }
}

private struct StageRow: View {
    let stage: CheckedStage

    var body: some View {
        VStack(alignment: .leading, spacing: 4) {
            Label(title: { Text(verbatim: SelfCheckText.line(stage)) }, icon: { icon })
            ForEach(stage.problems, id: \.self) { Text(verbatim: $0).foregroundStyle(.secondary) }
        }
        .font(.footnote)
        .accessibilityElement(children: .combine)
    }

    private var icon: some View {
        Image(systemName: stage.isPassed ? "checkmark.circle" : "xmark.octagon")
            .foregroundStyle(stage.isPassed ? Color.green : Color.red)
            .accessibilityHidden(true)  // the line says the same in words
    }
}
