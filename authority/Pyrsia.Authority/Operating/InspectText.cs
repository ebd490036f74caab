using System.Globalization;
using System.Text;

namespace Pyrsia.Authority.Operating;

/// <summary>A report as lines for a person.</summary>
internal static class InspectText
{
    private const int LabelWidth = 12;

    internal static string Of(InspectReport report)
    {
        var text = new StringBuilder();
        Line("authority", $"{report.Authority} of {report.Organisation}, log {report.Origin}");
        Line("chain", report.ChainId);
        Line("storage", report.Storage);
        Line("stands at", $"epoch {report.Epoch}, view {report.View}");
        Line("votes", report.MayVote ? "yes" : $"no: {report.NotVotingBecause}");
        Line("final", report.Finalized is { } block ? $"block {block.Height} of view {block.View}, {block.Time:u}, {block.Hash}" : "no block yet");
        Line("log", $"{report.Log.Size} entries, root {report.Log.Root}");
        Line("checkpoint", report.Log.CheckpointSize is { } size ? $"of {size} entries" : "none yet");
        Line("journal", report.Journal is { } journal
            ? $"{journal.Id}, {journal.Records} records in {journal.Bytes} bytes, {journal.Votes} votes up to view {journal.HighestVote}, {journal.WaitingEntries} entries wait" : "not begun");
        Line("open", report.OpenRequests.Count == 0 ? "no requests" : $"{report.OpenRequests.Count} requests");
        foreach (var request in report.OpenRequests) Line("", $"{request.Coordinate} ({request.Phase}), entry {request.Index}, {request.Id}");
        Line("peer id", report.Keys.PeerId);
        Line("vote key", report.Keys.Vote);
        Line("cosigner", report.Keys.Cosigner);
        Line("log key", report.Keys.Log);
        Line("builder key", report.Keys.Builder);
        return text.ToString().TrimEnd();

        void Line(string label, string value) => text.Append(label.PadRight(LabelWidth)).AppendLine(CultureInfo.InvariantCulture, $"{value}");
    }
}
