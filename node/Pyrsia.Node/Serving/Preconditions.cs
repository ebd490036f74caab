using Microsoft.AspNetCore.Http.Headers;
using Microsoft.Net.Http.Headers;

namespace Pyrsia.Node.Serving;

/// <summary>What a request's conditions come to.</summary>
internal enum PreconditionResult
{
    /// <summary>The content is wanted.</summary>
    Proceed,

    /// <summary>The client has it already: 304.</summary>
    NotModified,

    /// <summary>The client wants another state of it: 412.</summary>
    Failed,
}

/// <summary>Decides by a request's conditional headers, in the order of RFC 9110 section 13.2.2.</summary>
internal static class Preconditions
{
    /// <param name="request">The request's headers.</param>
    /// <param name="tag">The content's entity tag.</param>
    /// <param name="modified">When the content last changed; whole seconds count, as headers carry no more.</param>
    internal static PreconditionResult Evaluate(RequestHeaders request, EntityTagHeaderValue tag, DateTimeOffset modified)
    {
        modified = DateTimeOffset.FromUnixTimeSeconds(modified.ToUnixTimeSeconds());
        if (request.IfMatch is { Count: > 0 } match)
        {
            if (!Names(match, tag)) return PreconditionResult.Failed;
        }
        else if (request.IfUnmodifiedSince < modified)
        {
            return PreconditionResult.Failed;
        }
        if (request.IfNoneMatch is { Count: > 0 } none) return Names(none, tag) ? PreconditionResult.NotModified : PreconditionResult.Proceed;
        return request.IfModifiedSince >= modified ? PreconditionResult.NotModified : PreconditionResult.Proceed;
    }

    /// <summary>Whether <c>If-Range</c> lets the request's <c>Range</c> count: without the header, or when it names the content as it is.</summary>
    internal static bool RangeCounts(RequestHeaders request, EntityTagHeaderValue tag, DateTimeOffset modified) => request.IfRange switch
    {
        null => true,
        { EntityTag: { } named } => named.Compare(tag, useStrongComparison: true),
        { LastModified: { } named } => named.ToUnixTimeSeconds() == modified.ToUnixTimeSeconds(),
        _ => false,
    };

    private static bool Names(IList<EntityTagHeaderValue> tags, EntityTagHeaderValue tag) =>
        tags.Any(named => named.Equals(EntityTagHeaderValue.Any) || named.Compare(tag, useStrongComparison: false));
}
