using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace Pyrsia.Tests.Repository;

/// <summary>Who may know whom: the edges between rooms, read from the project files and held against one table.</summary>
public sealed partial class LayeringTests
{
    /// <summary>The edges that the rooms may have. A new one is a decision: change the table together with docs/ARCHITECTURE.md.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Pyrsia.Contracts"] = [],
        ["Pyrsia.Curve25519"] = [],
        ["Pyrsia.Keys"] = ["Pyrsia.Curve25519"],
        ["Pyrsia.Libp2p"] = ["Pyrsia.Curve25519"],
        ["Pyrsia.Libp2p.Probe"] = ["Pyrsia.Libp2p"],
        ["Pyrsia.Libp2p.TestPlans"] = ["Pyrsia.Libp2p"],
        ["Pyrsia.Provenance"] = ["Pyrsia.Contracts", "Pyrsia.Curve25519"],
        ["Pyrsia.Consensus"] = ["Pyrsia.Contracts", "Pyrsia.Curve25519"],
        ["Pyrsia.Content"] = ["Pyrsia.Contracts", "Pyrsia.Libp2p", "Pyrsia.Provenance"],
        ["Pyrsia.Builds"] = ["Pyrsia.Contracts", "Pyrsia.Provenance"],
        ["Pyrsia.Node"] = ["Pyrsia.Builds", "Pyrsia.Content", "Pyrsia.Contracts", "Pyrsia.Curve25519", "Pyrsia.Keys", "Pyrsia.Libp2p", "Pyrsia.Provenance"],
        ["Pyrsia.Authority"] = ["Pyrsia.Builds", "Pyrsia.Consensus", "Pyrsia.Content", "Pyrsia.Contracts", "Pyrsia.Curve25519", "Pyrsia.Keys", "Pyrsia.Libp2p", "Pyrsia.Node", "Pyrsia.Provenance"],
        ["Pyrsia.Cli"] = ["Pyrsia.Builds", "Pyrsia.Contracts", "Pyrsia.Curve25519", "Pyrsia.Keys", "Pyrsia.Provenance"],
    };

    [Fact]
    public void A_project_references_only_what_the_table_allows()
    {
        var forbidden = ProductProjects().SelectMany(p => References(p).Except(Allowed[Name(p)]).Select(r => $"{Name(p)} -> {r}"));
        SourceTree.AssertNone(forbidden);
    }

    [Fact]
    public void Every_project_outside_tests_stands_in_the_table() =>
        Assert.Equal(Allowed.Keys.Order(StringComparer.Ordinal), ProductProjects().Select(Name).Order(StringComparer.Ordinal));

    [Fact]
    public void Nothing_outside_tests_references_a_test_project()
    {
        var tests = SourceTree.Projects.Where(p => p.StartsWith("tests/", StringComparison.Ordinal)).Select(Name).ToHashSet(StringComparer.Ordinal);
        Assert.DoesNotContain(ProductProjects().SelectMany(References), tests.Contains);
    }

    [Fact]
    public void Libp2p_speaks_no_Pyrsia_word()
    {
        var spoken = SourceTree.Code.Where(f => f.StartsWith("libp2p/", StringComparison.Ordinal))
            .SelectMany(f => SourceTree.Lines(f).Select((line, i) => (Where: $"{f}:{i + 1}", Line: line)))
            .Where(l => PyrsiaWord().IsMatch(OwnNames().Replace(l.Line, "")))
            .Select(l => $"{l.Where}: {l.Line.Trim()}");
        SourceTree.AssertNone(spoken);
    }

    [Fact]
    public void Consensus_reads_no_clock_and_opens_no_socket_in_its_state_machine()
    {
        var reaching = SourceTree.Code.Where(f => f.StartsWith("authority/Pyrsia.Consensus/State/", StringComparison.Ordinal))
            .Where(f => Reaching().IsMatch(SourceTree.Read(f)));
        SourceTree.AssertNone(reaching);
    }

    private static IEnumerable<string> ProductProjects() => SourceTree.Projects.Where(p => !p.StartsWith("tests/", StringComparison.Ordinal));

    private static string Name(string project) => Path.GetFileNameWithoutExtension(project);

    private static IEnumerable<string> References(string project) => XDocument.Parse(SourceTree.Read(project))
        .Descendants("ProjectReference").Select(r => Name(r.Attribute("Include")!.Value.Replace('\\', '/')));

    [GeneratedRegex(@"\b(pyrsia|authority set|provenance|attestation|manifest|checkpoint)\b", RegexOptions.IgnoreCase)]
    private static partial Regex PyrsiaWord();

    [GeneratedRegex(@"Pyrsia\.(Libp2p|Curve25519)[\w.]*")]
    private static partial Regex OwnNames();

    [GeneratedRegex(@"\b(TimeProvider|Task|Thread|Socket|File|FileStream|RandomNumberGenerator|Random|lock)\b(?=[ .<(])(?<!///.*)")]
    private static partial Regex Reaching();
}
