import SwiftUI

/// The program that serves, and the setting.
struct BackendSection: View {
    let selection: Selection

    var body: some View {
        Section {
            Picker("backend", selection: choice) {
                Text("backend_automatic").tag(BackendChoice.automatic)
                Text(verbatim: selection.title).tag(BackendChoice.further)
                Text(verbatim: "CPU").tag(BackendChoice.cpu)
            }
        } footer: {
            Text(verbatim: words(selection.line))
        }
    }

    private var choice: Binding<BackendChoice> {
        Binding(get: { selection.choice }, set: { choice in Task { await selection.choose(choice) } })
    }
}

/// The programs in the self-check: verdict, worst difference, median and load time.
struct BackendTable: View {
    let rows: [BackendRow]

    var body: some View {
        ForEach(rows, id: \.title) { row in
            LabeledContent(
                content: {
                    Text(verbatim: words(row.line)).monospacedDigit()
                },
                label: { Label(title: { Text(verbatim: row.title) }, icon: { mark(row.isPassed) }) })
        }
    }

    @ViewBuilder private func mark(_ isPassed: Bool?) -> some View {
        if let isPassed {
            Image(systemName: isPassed ? "checkmark.circle" : "xmark.octagon")
                .foregroundStyle(isPassed ? Color.green : Color.red)
                .accessibilityLabel(isPassed ? "passed" : "not_passed")
        }
    }
}

private func words(_ line: BackendLine) -> String {
    String(format: String(localized: String.LocalizationValue(line.key)), arguments: line.arguments)
}
