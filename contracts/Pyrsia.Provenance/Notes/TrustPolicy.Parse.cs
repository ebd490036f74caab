using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Pyrsia.Provenance.Formats;

namespace Pyrsia.Provenance.Notes;

public sealed partial class TrustPolicy
{
    private static readonly char[] Whitespace = [' ', '\t'];

    /// <summary>Parses a policy; the error names the line.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out TrustPolicy? policy, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        policy = null;
        if (text.Length > MaxBytes)
            return Fail(0, $"longer than {MaxBytes} bytes", out error);
        if (text.Any(c => c is < ' ' and not ('\n' or '\t') or '\x7f'))
            return Fail(0, "control characters", out error);
        if (text.Length > 0 && !text.EndsWith('\n'))
            return Fail(0, "the last line has no newline", out error);
        var parser = new Parser();
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var items = lines[i].Split(Whitespace, StringSplitOptions.RemoveEmptyEntries);
            if (items.Length == 0 || items[0].StartsWith('#'))
                continue;
            if (parser.Line(items) is { } reason)
                return Fail(i + 1, reason, out error);
        }

        if (parser.Quorum is null)
            return Fail(0, "no quorum line", out error);
        policy = new TrustPolicy([.. parser.Logs], [.. parser.Witnesses], [.. parser.Groups], parser.Quorum);
        error = null;
        return true;
    }

    private static bool Fail(int line, string reason, out string? error)
    {
        error = line == 0 ? $"policy: {reason}" : string.Create(CultureInfo.InvariantCulture, $"policy line {line}: {reason}");
        return false;
    }

    /// <summary>The names and keys seen so far.</summary>
    private sealed class Parser
    {
        private readonly HashSet<string> _names = new(StringComparer.Ordinal) { None };
        private readonly HashSet<string> _members = new(StringComparer.Ordinal);

        public List<PolicyLog> Logs { get; } = [];

        public List<PolicyWitness> Witnesses { get; } = [];

        public List<PolicyGroup> Groups { get; } = [];

        public string? Quorum { get; private set; }

        public string? Line(string[] items) => items[0] switch
        {
            "log" => Log(items),
            "witness" => Witness(items),
            "group" => Group(items),
            "quorum" => SetQuorum(items),
            _ => $"unknown keyword '{items[0]}'",
        };

        private string? Log(string[] items)
        {
            if (items.Length is < 2 or > 3)
                return "expected: log <vkey> [<url>]";
            if (!VerifierKey.TryParse(items[1], out var key) || key.Type != NoteSignatureType.Ed25519)
                return "not an Ed25519 log key";
            if (Logs.Any(log => log.Key.Key.Equals(key.Key)))
                return "the same log key twice";
            Logs.Add(new PolicyLog(key, items.Length == 3 ? items[2] : null));
            return Logs.Count > MaxItems ? $"more than {MaxItems} logs" : null;
        }

        private string? Witness(string[] items)
        {
            if (items.Length is < 3 or > 4)
                return "expected: witness <name> <vkey> [<url>]";
            if (!VerifierKey.TryParse(items[2], out var key) || key.Type != NoteSignatureType.Cosignature)
                return "not a cosigner key";
            if (Witnesses.Any(witness => witness.Key.Key.Equals(key.Key)))
                return "the same witness key twice";
            if (!_names.Add(items[1]))
                return $"the name '{items[1]}' is taken";
            Witnesses.Add(new PolicyWitness(items[1], key, items.Length == 4 ? items[3] : null));
            return Witnesses.Count > MaxItems ? $"more than {MaxItems} witnesses" : null;
        }

        private string? Group(string[] items)
        {
            if (items.Length < 4)
                return "expected: group <name> all|any|<k> <member>...";
            var members = items[3..];
            foreach (var member in members)
            {
                if (member == None || !_names.Contains(member))
                    return $"'{member}' is not defined before";
                if (!_members.Add(member))
                    return $"'{member}' is a member of a group already";
            }

            long threshold;
            if (items[2] == "all")
                threshold = members.Length;
            else if (items[2] == "any")
                threshold = 1;
            else if (!StrictDecimal.TryParse(items[2], out threshold) || threshold < 1 || threshold > members.Length)
                return $"the threshold '{items[2]}' is not between 1 and {members.Length.ToString(CultureInfo.InvariantCulture)}";
            if (!_names.Add(items[1]))
                return $"the name '{items[1]}' is taken";
            Groups.Add(new PolicyGroup(items[1], (int)threshold, [.. members]));
            return Groups.Count > MaxItems ? $"more than {MaxItems} groups" : null;
        }

        private string? SetQuorum(string[] items)
        {
            if (items.Length != 2)
                return "expected: quorum <name>";
            if (Quorum is not null)
                return "a second quorum line";
            if (!_names.Contains(items[1]))
                return $"'{items[1]}' is not defined before";
            Quorum = items[1];
            return null;
        }
    }
}
