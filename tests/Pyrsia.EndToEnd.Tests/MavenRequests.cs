using System.Text.Json.Nodes;
using Pyrsia.Contracts;
using Pyrsia.EndToEnd.Tests.Harness;
using Xunit;

namespace Pyrsia.EndToEnd.Tests;

/// <summary>Has versions of Maven artifacts notarized, and waits for them.</summary>
public static class MavenRequests
{
    private static readonly TimeSpan VerdictLimit = TimeSpan.FromMinutes(3);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Waits until a node has the verdict. Asking for a file instead would have it fetched.</summary>
    public static Task KnowsAsync(TestnetMember node, string gav) => Wait.UntilAsync(async () =>
    {
        using var answer = await node.PostAsync("inspect/maven", new { gav, latest = true });
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!.AsArray() is [{ } entry] && (string)entry["type"]! == "verified";
    }, VerdictLimit, $"{node.Name} does not follow", Cancel);

    /// <summary>Asks for all versions at once, each with its classified files, and waits for their verdicts.</summary>
    public static async Task NotarizeAsync(TestnetMember node, params IEnumerable<MavenFilePath> files)
    {
        var ids = await Task.WhenAll(files.GroupBy(file => file.Coordinates.ToString()).Select(async version =>
        {
            var variants = version.Where(file => file.Classifier.Length > 0).Select(file => file.Variant).Distinct();
            using var answer = await node.PostAsync("build/maven", new { gav = version.Key, variants });
            var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!;
            Assert.True(answer.IsSuccessStatusCode, $"{version.Key}: {body}");
            return (string)body["build_id"]!;
        }));
        foreach (var id in ids)
        {
            JsonNode state = null!;
            await Wait.UntilAsync(async () =>
            {
                using var answer = await node.PostAsync("build/status", new { build_id = id });
                state = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!;
                return state is JsonObject;
            }, VerdictLimit, "no verdict", Cancel);
            Assert.True(state["Success"] is not null, state.ToString());
        }
    }
}
