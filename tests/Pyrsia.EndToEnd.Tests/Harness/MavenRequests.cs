using System.Text.Json.Nodes;
using Pyrsia.Contracts;

namespace Pyrsia.EndToEnd.Tests.Harness;

/// <summary>Has versions of Maven artifacts notarized, and waits for them.</summary>
public static class MavenRequests
{
    private static readonly TimeSpan VerdictLimit = TimeSpan.FromMinutes(3);

    /// <summary>Waits until a node has the verdict. Asking for a file instead would have it fetched.</summary>
    public static Task KnowsAsync(TestnetMember node, string gav) => Wait.UntilAsync(async () =>
    {
        using var answer = await node.PostAsync("inspect/maven", new { gav, latest = true });
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsArray() is [{ } entry] && (string)entry["type"]! == "verified";
    }, VerdictLimit, $"{node.Name} does not follow", CancellationToken.None);

    /// <summary>Asks for all versions at once, each with its classified files, and waits for their verdicts.</summary>
    public static async Task NotarizeAsync(TestnetMember node, params IEnumerable<MavenFilePath> files)
    {
        var ids = await Task.WhenAll(files.GroupBy(file => file.Coordinates.ToString()).Select(async version =>
        {
            var variants = version.Where(file => file.Classifier.Length > 0).Select(file => file.Variant).Distinct();
            using var answer = await node.PostAsync("build/maven", new { gav = version.Key, variants });
            var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
            return answer.IsSuccessStatusCode ? (string)body["build_id"]! : throw new InvalidOperationException($"{version.Key}: {body}");
        }));
        foreach (var id in ids)
        {
            JsonNode state = null!;
            await Wait.UntilAsync(async () =>
            {
                using var answer = await node.PostAsync("build/status", new { build_id = id });
                state = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
                return state is JsonObject;
            }, VerdictLimit, "no verdict", CancellationToken.None);
            if (state["Success"] is null) throw new InvalidOperationException(state.ToString());
        }
    }
}
