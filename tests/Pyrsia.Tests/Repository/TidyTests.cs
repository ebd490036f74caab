using System.Text.RegularExpressions;
using Xunit;

namespace Pyrsia.Tests.Repository;

/// <summary>How files look, where the formatter and the analyzers do not say.</summary>
public sealed partial class TidyTests
{
    /// <summary>Longest line of code in characters: two windows side by side on a wide screen.</summary>
    private const int MaxLineLength = 320;

    /// <summary>Longest file of code in lines.</summary>
    private const int MaxFileLines = 450;

    [Fact]
    public void No_line_of_code_is_longer_than_the_limit() => SourceTree.AssertNone(SourceTree.Code.SelectMany(f =>
        SourceTree.Lines(f).Select((line, i) => (line.Length, Where: $"{f}:{i + 1}")).Where(l => l.Length > MaxLineLength).Select(l => $"{l.Where} has {l.Length}")));

    [Fact]
    public void No_file_of_code_is_longer_than_the_limit() => SourceTree.AssertNone(SourceTree.Code.Where(f => SourceTree.Lines(f).Length > MaxFileLines));

    /// <summary>A class stands in a file of its own. Records, enums and interfaces that are read together, the words of an enum and generated JSON code may stand beside it.</summary>
    [Fact]
    public void A_file_holds_one_class() => SourceTree.AssertNone(SourceTree.Code.Where(f => TopLevelClass().Count(SourceTree.Read(f)) > 1));

    [Fact]
    public void A_file_is_named_after_a_type_in_it() => SourceTree.AssertNone(SourceTree.Code
        .Where(f => !f.StartsWith("tests/", StringComparison.Ordinal) && Path.GetFileName(f) is not ("Program.cs" or "GlobalUsings.cs" or "AssemblyInfo.cs"))
        .Where(f =>
        {
            var name = Path.GetFileName(f).Split('.')[0];
            var types = TopLevelType().Matches(SourceTree.Read(f)).Select(m => m.Groups[1].Value).ToArray();
            return types.Length == 1 && types[0] != name;
        }));

    [Fact]
    public void No_leftover_marker_is_in_any_file()
    {
        string[] markers = ["TO" + "DO", "FIX" + "ME", "HA" + "CK", "XX" + "X", "NotImplemented" + "Exception"];
        var marker = new Regex($@"\b({string.Join('|', markers)})\b");
        SourceTree.AssertNone(Texts().SelectMany(f => SourceTree.Lines(f).Select((line, i) => (line, Where: $"{f}:{i + 1}"))).Where(l => marker.IsMatch(l.line)).Select(l => l.Where));
    }

    [Fact]
    public void No_file_names_a_path_of_one_machine()
    {
        var path = new Regex(@"(?<![\w.*-])/(" + "wo" + "rk|ho" + "me|ro" + @"ot|Users)/\w");
        SourceTree.AssertNone(Texts().SelectMany(f => SourceTree.Lines(f).Select((line, i) => (line, Where: $"{f}:{i + 1}"))).Where(l => path.IsMatch(l.line)).Select(l => $"{l.Where}: {l.line.Trim()}"));
    }

    [Fact]
    public void Lock_files_hold_no_address() =>
        SourceTree.AssertNone(SourceTree.Files.Where(f => f.EndsWith("lock.json", StringComparison.Ordinal)).Where(f => SourceTree.Read(f).Contains("\"resolved\": \"" + "http", StringComparison.Ordinal)));

    [Fact]
    public void Every_project_has_a_lock_file() =>
        SourceTree.AssertNone(SourceTree.Projects.Select(p => $"{Path.GetDirectoryName(p)!.Replace('\\', '/')}/packages.lock.json").Except(SourceTree.Files));

    [Theory]
    [InlineData("P:System.DateTime.UtcNow")]
    [InlineData("P:System.DateTimeOffset.UtcNow")]
    [InlineData("P:System.Random.Shared")]
    [InlineData("M:System.Threading.Thread.Sleep(System.Int32)")]
    [InlineData("M:System.Threading.Tasks.Task.Delay(System.TimeSpan)")]
    public void Reaching_for_time_or_chance_is_banned(string symbol) =>
        Assert.Contains(SourceTree.Lines("BannedSymbols.txt"), line => line.StartsWith(symbol + ";", StringComparison.Ordinal));

    [Fact]
    public void No_project_turns_a_habit_of_the_house_off()
    {
        string[] habits = ["TreatWarningsAsErrors", "Nullable", "CheckForOverflowUnderflow", "DisableTransitiveProjectReferences", "GenerateDocumentationFile"];
        SourceTree.AssertNone(SourceTree.Projects.Where(p => habits.Any(h => SourceTree.Read(p).Contains($"<{h}>", StringComparison.Ordinal))));
    }

    [Fact]
    public void Programs_begin_with_a_table_of_contents() =>
        SourceTree.AssertNone(SourceTree.Code.Where(f => !f.StartsWith("tests/", StringComparison.Ordinal) && Path.GetFileName(f) == "Program.cs" && SourceTree.Lines(f).Length > 40));

    private static IEnumerable<string> Texts() => SourceTree.Files.Where(f =>
        f != "LICENSE" && Path.GetExtension(f) is ".cs" or ".md" or ".sh" or ".mjs" or ".csproj" or ".props" or ".yml" or ".txt" or "" && !f.StartsWith("tests/vectors/", StringComparison.Ordinal));

    [GeneratedRegex(@"^(?:(?:public|internal|file|sealed|abstract|partial|unsafe) )*class \w+(?![^\r\n]*JsonSerializerContext)", RegexOptions.Multiline)]
    private static partial Regex TopLevelClass();

    [GeneratedRegex(@"^(?:(?:public|internal|file|sealed|abstract|static|readonly|ref|partial|unsafe) )*(?:class|record struct|record|struct|enum|interface) (\w+)", RegexOptions.Multiline)]
    private static partial Regex TopLevelType();
}
