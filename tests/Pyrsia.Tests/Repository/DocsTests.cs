using System.Text.RegularExpressions;
using Xunit;

namespace Pyrsia.Tests.Repository;

/// <summary>What the documents say exists, exists.</summary>
public sealed partial class DocsTests
{
    private static readonly HashSet<string> Types =
        [.. SourceTree.Code.SelectMany(f => DeclaredType().Matches(SourceTree.Read(f)).Select(m => m.Groups[1].Value))];

    [Theory]
    [InlineData("README.md")]
    [InlineData("LICENSE")]
    [InlineData("CONTRIBUTING.md")]
    [InlineData("CHANGELOG.md")]
    [InlineData("ARCHITECTURE.md")]
    [InlineData("docs/README.md")]
    [InlineData("docs/ARCHITECTURE.md")]
    [InlineData("docs/GLOSSARY.md")]
    [InlineData("docs/STYLE.md")]
    [InlineData("docs/HACKING.md")]
    [InlineData("docs/api.md")]
    [InlineData("docs/security.md")]
    [InlineData("docs/performance.md")]
    public void The_document_is_there(string file) => Assert.True(SourceTree.Read(file).Length > 0);

    [Fact]
    public void Every_decision_and_protocol_is_linked_from_the_reading_order()
    {
        var order = SourceTree.Read("docs/README.md");
        SourceTree.AssertNone(SourceTree.Files
            .Where(f => f.StartsWith("docs/decisions/", StringComparison.Ordinal) || f.StartsWith("docs/protocols/", StringComparison.Ordinal))
            .Where(f => !order.Contains($"({f["docs/".Length..]})", StringComparison.Ordinal)));
    }

    [Fact]
    public void Links_between_documents_lead_somewhere()
    {
        var broken = from file in SourceTree.Files.Where(f => f.EndsWith(".md", StringComparison.Ordinal))
                     from Match link in Link().Matches(SourceTree.Read(file))
                     let target = link.Groups[1].Value
                     where !target.Contains("://", StringComparison.Ordinal)
                     let path = Path.GetFullPath(Path.Combine(SourceTree.Root, Path.GetDirectoryName(RealPath(file))!, target))
                     where !File.Exists(path) && !Directory.Exists(path)
                     select $"{file}: {target}";
        SourceTree.AssertNone(broken);
    }

    [Fact]
    public void Types_that_the_architecture_names_exist()
    {
        var named = CodeWord().Matches(SourceTree.Read("docs/ARCHITECTURE.md")).Select(m => m.Groups[1].Value);
        SourceTree.AssertNone(named.Where(name => !Types.Contains(name)).Distinct());
    }

    [Fact]
    public void Tests_that_the_protocol_pages_name_exist()
    {
        var tests = SourceTree.Code.Where(f => f.StartsWith("tests/", StringComparison.Ordinal)).SelectMany(f => TestMethod().Matches(SourceTree.Read(f)).Select(m => m.Groups[1].Value)).ToHashSet(StringComparer.Ordinal);
        var named = SourceTree.Files.Where(f => f.StartsWith("docs/protocols/", StringComparison.Ordinal) && f.EndsWith(".md", StringComparison.Ordinal))
            .SelectMany(f => TestName().Matches(SourceTree.Read(f)).Select(m => m.Groups[1].Value)).ToArray();
        Assert.NotEmpty(named);
        SourceTree.AssertNone(named.Where(name => !tests.Contains(name)));
    }

    [Fact]
    public void Scripts_that_the_documents_name_exist()
    {
        var missing = from file in SourceTree.Files.Where(f => f.EndsWith(".md", StringComparison.Ordinal))
                      from Match script in Script().Matches(SourceTree.Read(file))
                      where !SourceTree.Files.Contains(script.Value)
                      select $"{file}: {script.Value}";
        SourceTree.AssertNone(missing);
    }

    [Fact]
    public void Scripts_can_be_run()
    {
        var scripts = SourceTree.Files.Where(f => (f.StartsWith("eng/", StringComparison.Ordinal) && f.EndsWith(".sh", StringComparison.Ordinal)) || f == ".ci/run").ToArray();
        Assert.NotEmpty(scripts);
        foreach (var script in scripts)
            Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(Path.Combine(SourceTree.Root, script)).HasFlag(UnixFileMode.UserExecute), script);
    }

    /// <summary>ARCHITECTURE.md at the root is a link into docs, so its links are seen from there.</summary>
    private static string RealPath(string file) => file == "ARCHITECTURE.md" ? "docs/ARCHITECTURE.md" : file;

    [GeneratedRegex(@"\b(?:class|record struct|record|struct|enum|interface) (\w+)")]
    private static partial Regex DeclaredType();

    [GeneratedRegex(@"\]\(([^)#\s]+)(?:#[^)]*)?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"`([A-Z][a-z0-9]+(?:[A-Z][A-Za-z0-9]*)+)`")]
    private static partial Regex CodeWord();

    [GeneratedRegex(@"public (?:async )?(?:void|Task) (\w+)\(")]
    private static partial Regex TestMethod();

    [GeneratedRegex(@"`([A-Z]\w*_\w+_\w+_\w+)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"(?<=[\s`./(])eng/[a-z]+\.sh")]
    private static partial Regex Script();
}
