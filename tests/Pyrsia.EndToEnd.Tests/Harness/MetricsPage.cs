using System.Text.RegularExpressions;

namespace Pyrsia.EndToEnd.Tests.Harness;

/// <summary>What a program says on <c>/metrics</c>, held against its documentation.</summary>
public static partial class MetricsPage
{
    /// <summary>Finds metrics of the program's own that are not documented for its role or for both, and such that are documented for its role alone and are not given.</summary>
    /// <param name="client">Asks.</param>
    /// <param name="http">The program.</param>
    /// <param name="role">How the documentation's rows for it begin: <c>authority</c> or <c>worker</c>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The page, and what is wrong with it, a metric a line.</returns>
    public static async Task<(string Page, string Findings)> ReadAsync(HttpClient client, Uri http, string role, CancellationToken cancellationToken)
    {
        var page = await client.GetStringAsync(new Uri(http, "metrics"), cancellationToken);
        var given = Family().Matches(page).Select(family => family.Groups["name"].Value).ToHashSet(StringComparer.Ordinal);
        var documented = Row().Matches(await File.ReadAllTextAsync(Checkout.PathOf("docs/operating/metrics.md"), cancellationToken)).ToDictionary(row => row.Groups["name"].Value, row => row.Groups["of"].Value, StringComparer.Ordinal);
        var unknown = given.Where(name => !(documented.TryGetValue(name, out var of) && (of == "both" || of.StartsWith(role, StringComparison.Ordinal)))).Select(name => $"{name} is not documented for a {role}");
        var missing = documented.Where(row => row.Value.StartsWith(role, StringComparison.Ordinal) && !given.Contains(row.Key)).Select(row => $"{row.Key} is not given by a {role}");
        return (page, string.Join('\n', [.. unknown, .. missing]));
    }

    [GeneratedRegex("^# TYPE (?<name>(?:pyrsia|libp2p)_[a-z_]+) ", RegexOptions.Multiline)]
    private static partial Regex Family();

    [GeneratedRegex(@"^\| `(?<name>(?:pyrsia|libp2p)_[a-z_]+)` \|[^|]*\| (?<of>[^|]*) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
