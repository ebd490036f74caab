using Pyrsia.Builds.Differences;
using Xunit;

namespace Pyrsia.Tests.Builds;

public sealed class TextReportTests
{
    private static string[] Compare(string first, string second, int most = 100) => [.. TextReport.Compare(first, second, most).Select(d => $"{d.Name} {d.Kind}: {d.Detail}")];

    [Fact]
    public void Equal_texts_do_not_differ() => Assert.Empty(Compare("a\nb", "a\nb"));

    [Fact]
    public void Lines_between_what_is_common_are_set_side_by_side() =>
        Assert.Equal(["line 2 Content: 'b' and 'x'", "line 3 OnlyInFirst: c"], Compare("a\nb\nc\nd", "a\nx\nd"));

    [Fact]
    public void A_line_more_is_only_in_one() => Assert.Equal(["line 2 OnlyInSecond: b"], Compare("a\nc", "a\nb\nc"));

    [Fact]
    public void No_more_is_told_than_asked_for() => Assert.Equal(2, Compare("1\n2\n3", "4\n5\n6", most: 2).Length);
}
