import SwiftUI

/// The self-check: the verdict first, the details folded. The camera rests meanwhile.
struct SelfCheckScreen: View {
    let app: AppModel

    @State private var model = SelfCheckModel()
    @State private var attempt = 0

    var body: some View {
        List {
            Section {
                if let checked = model.checked { VerdictRows(checked: checked) }
                if let fastest = model.fastest { Text(verbatim: text(of: fastest)).foregroundStyle(.secondary) }
                if let failure = model.failure { Text(verbatim: failure) }
                if model.isRunning { ProgressView("self_check_running") }
            }
            if let checked = model.checked {
                Section {
                    DisclosureGroup { ForEach(checked.stages, id: \.name) { StageRow(stage: $0) } } label: { Text("parity") }
                    DisclosureGroup { LineRows(lines: model.timings.map(text(of:))) } label: { Text("benchmark") }
                    DisclosureGroup { LineRows(lines: model.about) } label: { Text("about") }
                }
            }
            Section {
                Button("run_again") { attempt += 1 }
                ShareLink(item: model.report) { Label("share_report", systemImage: "square.and.arrow.up") }
            }
            .disabled(model.isRunning)
        }
        .navigationTitle("self_check")
        .task(id: attempt) { await app.run(model) }
        .onDisappear { app.selfCheckClosed() }
    }

    private func text(of timing: Timing) -> String {
        String(
            format: String(localized: "verdict_speed"), NumberText.tenths(timing.times.total), String(timing.threads))
    }
}

/// The result in one sentence, and the stages that failed.
private struct VerdictRows: View {
    let checked: CheckedVectors

    var body: some View {
        Label(title: { Text(verbatim: text) }, icon: { CheckMark(isPassed: checked.isPassed) })
            .font(.headline)
        ForEach(checked.stages.filter { !$0.isPassed }, id: \.name) { StageRow(stage: $0) }
    }

    private var text: String {
        let key =
            switch checked.verdict {
            case .passed: "verdict_passed"
            case .incomplete: "verdict_partly"
            case .failed: "verdict_failed"
            }
        return String(
            format: String(localized: String.LocalizationValue(key)), checked.comparedWith, String(checked.pictureCount))
    }
}

private struct LineRows: View {
    let lines: [String]

    var body: some View {
        ForEach(lines, id: \.self) { line in
            Text(verbatim: line)
                .font(.footnote.monospacedDigit())
                .textSelection(.enabled)
        }
    }
}

private struct StageRow: View {
    let stage: CheckedStage

    var body: some View {
        VStack(alignment: .leading, spacing: 4) {
            LabeledContent(
                content: { Text(verbatim: stage.text).font(.footnote.monospacedDigit()) },
                label: { Label(title: { Text(verbatim: stage.name) }, icon: { CheckMark(isPassed: stage.isPassed) }) })
            ForEach(stage.problems, id: \.self) { problem in
                Text(verbatim: problem).font(.footnote).foregroundStyle(.secondary)
            }
        }
        .accessibilityElement(children: .combine)
    }
}

private struct CheckMark: View {
    let isPassed: Bool

    var body: some View {
        Image(systemName: isPassed ? "checkmark.circle" : "xmark.octagon")
            .foregroundStyle(isPassed ? Color.green : Color.red)
            .accessibilityHidden(true)  // the text says it
    }
}
