namespace EventSegmentation.Fuzzing;

/// <summary>Valid documents of every kind, from which the inputs are made.</summary>
internal static class Samples
{
    public static readonly string[] Conditions =
    [
        """{"event":"WorkoutCompleted","period":"today","count":{"atLeast":1},"where":{"all":[{"param":"type","is":"Strength"},{"param":"calories","moreThan":500}]}}""",
        """{"event":["A","B"],"count":{"between":[1,5]},"period":"last 30 days except last 7 days","contactOlderThan":"14 days"}""",
        """{"event":"OrderPaid","sum":"totalCost","atLeast":100,"period":"this month"}""",
        """{"event":"OrderPaid","average":"items.price","between":[0.5,99.99],"period":"last 3 months"}""",
        """{"event":"OrderPaid","distinct":"k","exactly":2,"period":"30 to 60 days ago"}""",
        """{"first":"AppInstall","period":"last week","has":{"param":"n","exists":true}}""",
        """{"last":["CartUpdated","A"],"period":"last 1 day except last 1 hour","notFollowedBy":{"event":"OrderPaid","where":{"param":"k","is":"x"}}}""",
        """{"streak":"WorkoutStarted","previous":4,"complete":"weeks","atLeast":2,"inAtLeast":3}""",
        """{"sequence":[{"event":"CartUpdated"},{"event":"OrderPaid","within":"1 hour","without":{"event":"A"}},{"event":"B","where":{"param":"o","atLeast":1}}],"same":"orderId","inTotal":"7 days","period":"last 7 days"}""",
        """{"all":[{"contact":"plan","is":"enterprise"},{"contact":"trialEnds","during":"in exactly 3 days"},{"contact":"birthday","anniversary":"next 7 days"},{"contact":"email","endsWith":"@example.com","ignoreCase":true},{"contact":"firstSeen","before":"2026-01-01"},{"sample":"12.5%","salt":"summer"}]}""",
        """{"any":[{"inSegment":"new-users","for":"7 days"},{"not":{"event":"A","period":"2026-01-01 to 2026-02-01"}},{"all":[]}]}""",
        """{"event":"A","where":{"any":[{"param":"k","in":["x","y",3,true]},{"param":"k","notIn":["x"]},{"param":"items","some":{"all":[{"param":"k","is":"x"},{"param":"n","lessThan":5}]}},{"not":{"param":"k","matches":"^x+[a-z]*$"}}]}}""",
        """{"event":"A","where":{"all":[{"param":"when","on":"2026-02-28"},{"param":"when","after":"2026-01-01T00:00:00Z"},{"param":"when","during":"previous 4 complete quarters"},{"param":"items.k","allOf":["x","y"]},{"param":"k","contains":"x","ignoreCase":true},{"param":"n","atMost":1e3}]},"period":"more than 30 calendar days ago"}""",
    ];

    /// <summary>Events as senders write them.</summary>
    public static readonly string[] Events =
    [
        """{"eventTypeKey":"OrderPaid"}""",
        """{"eventTypeKey":"OrderPaid","keyValue":"order-1","eventId":"e1","occurredAt":"2026-05-01T12:30:00Z","params":{"Email":"ada@example.com","totalCost":12.5,"items":[{"kind":"shirt","price":9.99},{"kind":"hat","price":"3"}]}}""",
        """{"eventTypeKey":"WorkoutCompleted","occurred":"2026-05-01","params":[{"name":"ContactKey","value":"k1"},{"name":"calories","value":501},{"name":"tags","value":["a","b"]}]}""",
        """{"eventTypeKey":"AppLogin","eventId":"e2","params":{"ContactId":"17","externalCustomerId":"x-1","Phone":"+49151","PushToken":"t","nested":{"a":{"b":[null,true,{"c":1e3}]}},"when":"2026-01-01T00:00:00+01:00"}}""",
        """{"eventTypeKey":"AppInstall","keyValue":"","params":{},"unknown":{"ignored":true}}""",
    ];

    /// <summary>The parameters of events as they are stored.</summary>
    public static readonly string[] Params =
    [
        """{}""", """{"n":1,"k":"x","o":1,"type":"Strength","calories":501,"totalCost":99.5,"orderId":"o1"}""", """{"n":"3","k":["x","y"],"when":"2026-02-28","items":[{"k":"x","n":1},{"k":"y","price":2}]}""",
        """{"n":1e400,"k":true,"when":"2026-02-28T12:00:00+02:00","items.n":5,"orderId":7}""",
    ];
}
