SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE FUNCTION public.history_is_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'history is append-only'; END $$;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public."case" (
    id bigint NOT NULL,
    number character varying NOT NULL COLLATE pg_catalog."C",
    enterprise character varying NOT NULL COLLATE pg_catalog."C",
    kind character varying NOT NULL COLLATE pg_catalog."C",
    state character varying NOT NULL COLLATE pg_catalog."C",
    version integer NOT NULL,
    bureau character varying NOT NULL COLLATE pg_catalog."C",
    applied_on date NOT NULL,
    last_on date NOT NULL,
    valid_from date,
    valid_until date,
    ended_on date,
    renews character varying COLLATE pg_catalog."C",
    facts json NOT NULL
)
WITH (fillfactor='80');
CREATE TABLE public.case_number (
    id bigint NOT NULL,
    "on" date NOT NULL
);
CREATE SEQUENCE public.case_number_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.case_number_id_seq OWNED BY public.case_number.id;
CREATE TABLE public.channel (
    name character varying NOT NULL COLLATE pg_catalog."C",
    open_until timestamp with time zone,
    reason character varying NOT NULL COLLATE pg_catalog."C",
    alarmed_at timestamp with time zone NOT NULL
);
CREATE TABLE public.command_log (
    key character varying NOT NULL COLLATE pg_catalog."C",
    request character varying NOT NULL COLLATE pg_catalog."C",
    body json NOT NULL,
    at timestamp with time zone NOT NULL
);
CREATE TABLE public.deadline (
    case_id bigint NOT NULL,
    kind character varying NOT NULL COLLATE pg_catalog."C",
    due_on date NOT NULL
)
WITH (fillfactor='80', autovacuum_vacuum_scale_factor='0.02');
CREATE TABLE public.history (
    case_id bigint NOT NULL,
    seq integer NOT NULL,
    trigger character varying NOT NULL COLLATE pg_catalog."C",
    source character varying COLLATE pg_catalog."C",
    target character varying NOT NULL COLLATE pg_catalog."C",
    actor character varying NOT NULL COLLATE pg_catalog."C",
    "on" date NOT NULL,
    facts json NOT NULL,
    warnings json NOT NULL,
    rules character varying NOT NULL COLLATE pg_catalog."C",
    recorded_at timestamp with time zone NOT NULL
);
CREATE TABLE public.mark (
    name character varying NOT NULL COLLATE pg_catalog."C",
    value character varying NOT NULL COLLATE pg_catalog."C",
    at timestamp with time zone NOT NULL
);
CREATE TABLE public.notice (
    id bigint NOT NULL,
    case_id bigint NOT NULL,
    ladder character varying NOT NULL COLLATE pg_catalog."C",
    anchor character varying NOT NULL COLLATE pg_catalog."C",
    anchor_on date NOT NULL,
    rung character varying NOT NULL COLLATE pg_catalog."C",
    role character varying NOT NULL COLLATE pg_catalog."C",
    recipient character varying NOT NULL COLLATE pg_catalog."C",
    channel character varying NOT NULL COLLATE pg_catalog."C",
    due_on date NOT NULL,
    status character varying NOT NULL COLLATE pg_catalog."C",
    attempts integer NOT NULL,
    next_try_at timestamp with time zone,
    lease_until timestamp with time zone,
    answer character varying NOT NULL COLLATE pg_catalog."C",
    rendered character varying NOT NULL COLLATE pg_catalog."C",
    created_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    resends integer DEFAULT 0 NOT NULL,
    first_try_at timestamp with time zone
)
WITH (autovacuum_vacuum_scale_factor='0.02');
CREATE SEQUENCE public.notice_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.notice_id_seq OWNED BY public.notice.id;
CREATE TABLE public.party (
    enterprise character varying NOT NULL COLLATE pg_catalog."C",
    name character varying NOT NULL COLLATE pg_catalog."C",
    facts json NOT NULL
);
CREATE TABLE public.party_change (
    enterprise character varying NOT NULL COLLATE pg_catalog."C",
    seq integer NOT NULL,
    at timestamp with time zone NOT NULL,
    actor character varying NOT NULL COLLATE pg_catalog."C",
    what character varying NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.posted (
    "on" date NOT NULL,
    digest character varying NOT NULL COLLATE pg_catalog."C",
    messages integer NOT NULL
);
CREATE TABLE public.refused (
    digest character varying NOT NULL COLLATE pg_catalog."C",
    reader character varying NOT NULL COLLATE pg_catalog."C",
    answer character varying NOT NULL COLLATE pg_catalog."C",
    since timestamp with time zone NOT NULL
);
CREATE TABLE public.switch (
    name character varying NOT NULL COLLATE pg_catalog."C",
    since timestamp with time zone NOT NULL,
    by character varying NOT NULL COLLATE pg_catalog."C",
    reason character varying NOT NULL COLLATE pg_catalog."C"
);
ALTER TABLE ONLY public.case_number ALTER COLUMN id SET DEFAULT nextval('public.case_number_id_seq'::regclass);
ALTER TABLE ONLY public.notice ALTER COLUMN id SET DEFAULT nextval('public.notice_id_seq'::regclass);
INSERT INTO public.alembic_version VALUES ('0005');
INSERT INTO public."case" VALUES (1, '2026-000001', '1900000069', 'exemption', 'prepared', 2, 'DNV', '2026-11-24', '2026-11-24', NULL, NULL, NULL, NULL, '{"number":"2026-000001","enterprise":"1900000069","kind":"exemption","services":{"training":["digitalisering","innovatie"],"advice":["cybersecurity"]},"bureau":"DNV","applied_on":"2026-11-24","rules_on":"2026-11-24","state":"prepared","version":2,"last_on":"2026-11-24","first_time":true,"active_since":"2015-09-01","kmop_files":64,"years_of_history":8,"sites":2,"business_units":1,"channels":0,"declaration_signed_on":"2026-11-24","knowledge_test_passed_on":"2026-11-24","quote_accepted_on":"2026-11-24","exemption":{"scheme":"iso9001","number":"ISO9001-48213","valid_until":"2028-05-31"},"pauses":[],"waived":false,"audits":[{"visit_on":null,"auditor":"","started_on":null,"closed_on":null,"auditors":[],"committee":[],"scores":{},"report_approved_on":null,"hours":null,"report":"","finished_on":null,"verdict":"","verdict_on":null,"measures":[]}],"registration":null,"suspension":null,"rejection":null,"audit_requested_on":null,"ended_on":null,"renews":null,"adopted":false,"involved":["applicant","plan"],"provider_side":["applicant"]}');
INSERT INTO public."case" VALUES (2, '2026-000002', '1900000267', 'basic', 'certified', 1, 'CertUp', '2022-06-30', '2026-11-24', '2022-06-30', '2027-06-30', NULL, NULL, '{"number":"2026-000002","enterprise":"1900000267","kind":"basic","services":{"training":["internationalisering"],"advice":["bedrijfsstrategie","digitalisering"]},"bureau":"CertUp","applied_on":"2022-06-30","rules_on":"2022-06-30","state":"certified","version":1,"last_on":"2026-11-24","first_time":true,"active_since":"2009-03-01","kmop_files":210,"years_of_history":0,"sites":1,"business_units":1,"channels":0,"declaration_signed_on":null,"knowledge_test_passed_on":null,"quote_accepted_on":null,"exemption":null,"pauses":[],"waived":false,"audits":[{"visit_on":null,"auditor":"","started_on":null,"closed_on":null,"auditors":[],"committee":[],"scores":{},"report_approved_on":null,"hours":null,"report":"","finished_on":null,"verdict":"","verdict_on":null,"measures":[]}],"registration":{"valid_from":"2022-06-30","valid_until":"2027-06-30","decided_on":"2022-06-30","two_year_on":null,"condition_due":null,"old_valid_until":null,"numbers":{"training":"DV.O210001","advice":"DV.A210002"}},"suspension":null,"rejection":null,"audit_requested_on":null,"ended_on":null,"renews":null,"adopted":true,"involved":["els"],"provider_side":[]}');
INSERT INTO public."case" VALUES (3, '2026-000003', '1977523558', 'starter', 'certified', 1, 'LRQA', '2026-01-01', '2026-11-24', '2026-01-01', '2028-01-01', NULL, NULL, '{"number":"2026-000003","enterprise":"1977523558","kind":"starter","services":{"training":["beroepsspecifieke competenties","duurzaamheid"]},"bureau":"LRQA","applied_on":"2026-01-01","rules_on":"2026-01-01","state":"certified","version":1,"last_on":"2026-11-24","first_time":true,"active_since":"2024-01-08","kmop_files":2,"years_of_history":0,"sites":1,"business_units":1,"channels":0,"declaration_signed_on":null,"knowledge_test_passed_on":null,"quote_accepted_on":null,"exemption":null,"pauses":[],"waived":false,"audits":[{"visit_on":null,"auditor":"","started_on":null,"closed_on":null,"auditors":[],"committee":[],"scores":{},"report_approved_on":null,"hours":null,"report":"","finished_on":null,"verdict":"","verdict_on":null,"measures":[]}],"registration":{"valid_from":"2026-01-01","valid_until":"2028-01-01","decided_on":"2026-01-01","two_year_on":"2028-01-01","condition_due":null,"old_valid_until":null,"numbers":{"training":"DV.O200002"}},"suspension":null,"rejection":null,"audit_requested_on":null,"ended_on":null,"renews":null,"adopted":true,"involved":["els"],"provider_side":[]}');
INSERT INTO public."case" VALUES (4, '2026-000004', '0032400374', 'starter', 'follow_up', 2, 'Kiwa', '2024-11-29', '2026-11-24', '2024-11-29', '2026-11-29', NULL, NULL, '{"number":"2026-000004","enterprise":"0032400374","kind":"starter","services":{"training":["beroepsspecifieke competenties","internationalisering","personeelsmanagement"],"advice":["beroepsspecifieke competenties","digitalisering"]},"bureau":"Kiwa","applied_on":"2024-11-29","rules_on":"2024-11-29","state":"follow_up","version":2,"last_on":"2026-11-24","first_time":true,"active_since":"2023-08-09","kmop_files":4,"years_of_history":0,"sites":2,"business_units":1,"channels":0,"declaration_signed_on":null,"knowledge_test_passed_on":null,"quote_accepted_on":null,"exemption":null,"pauses":[],"waived":false,"audits":[{"visit_on":null,"auditor":"","started_on":null,"closed_on":null,"auditors":[],"committee":[],"scores":{},"report_approved_on":null,"hours":null,"report":"","finished_on":null,"verdict":"","verdict_on":null,"measures":[]},{"visit_on":null,"auditor":"","started_on":null,"closed_on":null,"auditors":[],"committee":[],"scores":{},"report_approved_on":null,"hours":null,"report":"","finished_on":null,"verdict":"","verdict_on":null,"measures":[]}],"registration":{"valid_from":"2024-11-29","valid_until":"2026-11-29","decided_on":"2024-11-29","two_year_on":"2026-11-29","condition_due":null,"old_valid_until":null,"numbers":{"training":"DV.O200182","advice":"DV.A200182"}},"suspension":null,"rejection":null,"audit_requested_on":null,"ended_on":null,"renews":null,"adopted":true,"involved":["els"],"provider_side":[]}');
INSERT INTO public."case" VALUES (5, '2026-000005', '0185900795', 'exemption', 'certified', 1, 'Bureau Veritas', '2025-06-23', '2026-11-24', '2025-06-23', '2030-06-23', NULL, NULL, '{"number":"2026-000005","enterprise":"0185900795","kind":"exemption","services":{"training":["duurzaamheid","internationalisering","personeelsmanagement"]},"bureau":"Bureau Veritas","applied_on":"2025-06-23","rules_on":"2025-06-23","state":"certified","version":1,"last_on":"2026-11-24","first_time":true,"active_since":"2000-05-06","kmop_files":150,"years_of_history":3,"sites":1,"business_units":2,"channels":0,"declaration_signed_on":null,"knowledge_test_passed_on":null,"quote_accepted_on":null,"exemption":null,"pauses":[],"waived":false,"audits":[{"visit_on":null,"auditor":"","started_on":null,"closed_on":null,"auditors":[],"committee":[],"scores":{},"report_approved_on":null,"hours":null,"report":"","finished_on":null,"verdict":"","verdict_on":null,"measures":[]}],"registration":{"valid_from":"2025-06-23","valid_until":"2030-06-23","decided_on":"2025-06-23","two_year_on":null,"condition_due":null,"old_valid_until":null,"numbers":{"training":"DV.O200394"}},"suspension":null,"rejection":null,"audit_requested_on":null,"ended_on":null,"renews":null,"adopted":true,"involved":["els"],"provider_side":[]}');
INSERT INTO public."case" VALUES (6, '2026-000006', '0128891620', 'exemption', 'certified', 1, 'Bureau Veritas', '2026-01-01', '2026-11-24', '2026-01-01', '2031-01-01', NULL, NULL, '{"number":"2026-000006","enterprise":"0128891620","kind":"exemption","services":{"training":["digitalisering","duurzaamheid","financiële geletterdheid"]},"bureau":"Bureau Veritas","applied_on":"2026-01-01","rules_on":"2026-01-01","state":"certified","version":1,"last_on":"2026-11-24","first_time":true,"active_since":"2021-12-11","kmop_files":21,"years_of_history":4,"sites":5,"business_units":1,"channels":0,"declaration_signed_on":null,"knowledge_test_passed_on":null,"quote_accepted_on":null,"exemption":null,"pauses":[],"waived":false,"audits":[{"visit_on":null,"auditor":"","started_on":null,"closed_on":null,"auditors":[],"committee":[],"scores":{},"report_approved_on":null,"hours":null,"report":"","finished_on":null,"verdict":"","verdict_on":null,"measures":[]}],"registration":{"valid_from":"2026-01-01","valid_until":"2031-01-01","decided_on":"2026-01-01","two_year_on":null,"condition_due":null,"old_valid_until":null,"numbers":{"training":"DV.O200594"}},"suspension":null,"rejection":null,"audit_requested_on":null,"ended_on":null,"renews":null,"adopted":true,"involved":["els"],"provider_side":[]}');
INSERT INTO public."case" VALUES (7, '2026-000007', '0184317420', 'exemption', 'certified', 1, 'Bureau Veritas', '2022-05-11', '2026-11-24', '2022-05-11', '2027-05-11', NULL, NULL, '{"number":"2026-000007","enterprise":"0184317420","kind":"exemption","services":{"training":["digitalisering","innovatie","personeelsmanagement"]},"bureau":"Bureau Veritas","applied_on":"2022-05-11","rules_on":"2022-05-11","state":"certified","version":1,"last_on":"2026-11-24","first_time":true,"active_since":"2001-04-16","kmop_files":100,"years_of_history":4,"sites":1,"business_units":1,"channels":0,"declaration_signed_on":null,"knowledge_test_passed_on":null,"quote_accepted_on":null,"exemption":null,"pauses":[],"waived":false,"audits":[{"visit_on":null,"auditor":"","started_on":null,"closed_on":null,"auditors":[],"committee":[],"scores":{},"report_approved_on":null,"hours":null,"report":"","finished_on":null,"verdict":"","verdict_on":null,"measures":[]}],"registration":{"valid_from":"2022-05-11","valid_until":"2027-05-11","decided_on":"2022-05-11","two_year_on":null,"condition_due":null,"old_valid_until":null,"numbers":{"training":"DV.O200789"}},"suspension":null,"rejection":null,"audit_requested_on":null,"ended_on":null,"renews":null,"adopted":true,"involved":["els"],"provider_side":[]}');
INSERT INTO public."case" VALUES (8, '2026-000008', '1948616073', 'exemption', 'certified', 1, 'LRQA', '2023-12-22', '2026-11-24', '2023-12-22', '2028-12-22', NULL, NULL, '{"number":"2026-000008","enterprise":"1948616073","kind":"exemption","services":{"training":["duurzaamheid"]},"bureau":"LRQA","applied_on":"2023-12-22","rules_on":"2023-12-22","state":"certified","version":1,"last_on":"2026-11-24","first_time":true,"active_since":"2003-04-13","kmop_files":0,"years_of_history":7,"sites":1,"business_units":1,"channels":0,"declaration_signed_on":null,"knowledge_test_passed_on":null,"quote_accepted_on":null,"exemption":null,"pauses":[],"waived":false,"audits":[{"visit_on":null,"auditor":"","started_on":null,"closed_on":null,"auditors":[],"committee":[],"scores":{},"report_approved_on":null,"hours":null,"report":"","finished_on":null,"verdict":"","verdict_on":null,"measures":[]}],"registration":{"valid_from":"2023-12-22","valid_until":"2028-12-22","decided_on":"2023-12-22","two_year_on":null,"condition_due":null,"old_valid_until":null,"numbers":{"training":"DV.O200989"}},"suspension":null,"rejection":null,"audit_requested_on":null,"ended_on":null,"renews":null,"adopted":true,"involved":["els"],"provider_side":[]}');
INSERT INTO public."case" VALUES (9, '2026-000009', '0064605859', 'basic', 'applied', 1, 'Brand Compliance', '2026-01-05', '2026-01-05', NULL, NULL, NULL, NULL, '{"number":"2026-000009","enterprise":"0064605859","kind":"basic","services":{"training":["digitalisering","internationalisering"],"advice":["digitalisering"]},"bureau":"Brand Compliance","applied_on":"2026-01-05","rules_on":"2026-01-05","state":"applied","version":1,"last_on":"2026-01-05","first_time":true,"active_since":"2022-07-22","kmop_files":20,"years_of_history":3,"sites":1,"business_units":1,"channels":0,"declaration_signed_on":null,"knowledge_test_passed_on":"2025-12-28","quote_accepted_on":null,"exemption":null,"pauses":[],"waived":false,"audits":[{"visit_on":null,"auditor":"","started_on":null,"closed_on":null,"auditors":[],"committee":[],"scores":{},"report_approved_on":null,"hours":null,"report":"","finished_on":null,"verdict":"","verdict_on":null,"measures":[]}],"registration":null,"suspension":null,"rejection":null,"audit_requested_on":null,"ended_on":null,"renews":null,"adopted":false,"involved":["els"],"provider_side":[]}');
INSERT INTO public."case" VALUES (10, '2026-000010', '0134994997', 'basic', 'applied', 1, 'Bureau Veritas', '2026-02-23', '2026-02-23', NULL, NULL, NULL, NULL, '{"number":"2026-000010","enterprise":"0134994997","kind":"basic","services":{"training":["innovatie","internationalisering"],"advice":["cybersecurity"]},"bureau":"Bureau Veritas","applied_on":"2026-02-23","rules_on":"2026-02-23","state":"applied","version":1,"last_on":"2026-02-23","first_time":true,"active_since":"2002-09-18","kmop_files":0,"years_of_history":5,"sites":1,"business_units":1,"channels":0,"declaration_signed_on":null,"knowledge_test_passed_on":null,"quote_accepted_on":null,"exemption":null,"pauses":[],"waived":false,"audits":[{"visit_on":null,"auditor":"","started_on":null,"closed_on":null,"auditors":[],"committee":[],"scores":{},"report_approved_on":null,"hours":null,"report":"","finished_on":null,"verdict":"","verdict_on":null,"measures":[]}],"registration":null,"suspension":null,"rejection":null,"audit_requested_on":null,"ended_on":null,"renews":null,"adopted":false,"involved":["els"],"provider_side":[]}');
INSERT INTO public."case" VALUES (11, '2026-000011', '0038134757', 'exemption', 'applied', 1, 'DNV', '2026-04-04', '2026-04-04', NULL, NULL, NULL, NULL, '{"number":"2026-000011","enterprise":"0038134757","kind":"exemption","services":{"training":["duurzaamheid","financiële geletterdheid","personeelsmanagement"]},"bureau":"DNV","applied_on":"2026-04-04","rules_on":"2026-04-04","state":"applied","version":1,"last_on":"2026-04-04","first_time":true,"active_since":"2019-01-27","kmop_files":80,"years_of_history":7,"sites":1,"business_units":1,"channels":0,"declaration_signed_on":"2026-03-23","knowledge_test_passed_on":null,"quote_accepted_on":null,"exemption":{"scheme":"iso9001","number":"ISO9001-59408","valid_until":"2026-10-19"},"pauses":[],"waived":false,"audits":[{"visit_on":null,"auditor":"","started_on":null,"closed_on":null,"auditors":[],"committee":[],"scores":{},"report_approved_on":null,"hours":null,"report":"","finished_on":null,"verdict":"","verdict_on":null,"measures":[]}],"registration":null,"suspension":null,"rejection":null,"audit_requested_on":null,"ended_on":null,"renews":null,"adopted":false,"involved":["els"],"provider_side":[]}');
INSERT INTO public."case" VALUES (12, '2026-000012', '1930984344', 'basic', 'applied', 1, 'LRQA', '2026-05-21', '2026-05-21', NULL, NULL, NULL, NULL, '{"number":"2026-000012","enterprise":"1930984344","kind":"basic","services":{"training":["bedrijfsstrategie","internationalisering"],"advice":["cybersecurity"]},"bureau":"LRQA","applied_on":"2026-05-21","rules_on":"2026-05-21","state":"applied","version":1,"last_on":"2026-05-21","first_time":true,"active_since":"2001-02-20","kmop_files":320,"years_of_history":9,"sites":1,"business_units":1,"channels":0,"declaration_signed_on":"2026-05-18","knowledge_test_passed_on":"2026-05-19","quote_accepted_on":null,"exemption":null,"pauses":[],"waived":false,"audits":[{"visit_on":null,"auditor":"","started_on":null,"closed_on":null,"auditors":[],"committee":[],"scores":{},"report_approved_on":null,"hours":null,"report":"","finished_on":null,"verdict":"","verdict_on":null,"measures":[]}],"registration":null,"suspension":null,"rejection":null,"audit_requested_on":null,"ended_on":null,"renews":null,"adopted":false,"involved":["els"],"provider_side":[]}');
INSERT INTO public."case" VALUES (13, '2026-000013', '1950470258', 'starter', 'applied', 1, 'LRQA', '2026-06-28', '2026-06-28', NULL, NULL, NULL, NULL, '{"number":"2026-000013","enterprise":"1950470258","kind":"starter","services":{"training":["digitalisering"]},"bureau":"LRQA","applied_on":"2026-06-28","rules_on":"2026-06-28","state":"applied","version":1,"last_on":"2026-06-28","first_time":true,"active_since":"2025-06-08","kmop_files":7,"years_of_history":0,"sites":1,"business_units":1,"channels":0,"declaration_signed_on":"2026-06-20","knowledge_test_passed_on":"2026-06-17","quote_accepted_on":null,"exemption":null,"pauses":[],"waived":false,"audits":[{"visit_on":null,"auditor":"","started_on":null,"closed_on":null,"auditors":[],"committee":[],"scores":{},"report_approved_on":null,"hours":null,"report":"","finished_on":null,"verdict":"","verdict_on":null,"measures":[]}],"registration":null,"suspension":null,"rejection":null,"audit_requested_on":null,"ended_on":null,"renews":null,"adopted":false,"involved":["els"],"provider_side":[]}');
INSERT INTO public."case" VALUES (14, '2026-000014', '0117186589', 'basic', 'applied', 1, 'Brand Compliance', '2026-08-11', '2026-08-11', NULL, NULL, NULL, NULL, '{"number":"2026-000014","enterprise":"0117186589","kind":"basic","services":{"advice":["cybersecurity"]},"bureau":"Brand Compliance","applied_on":"2026-08-11","rules_on":"2026-08-11","state":"applied","version":1,"last_on":"2026-08-11","first_time":true,"active_since":"2001-08-04","kmop_files":20,"years_of_history":7,"sites":2,"business_units":4,"channels":0,"declaration_signed_on":"2026-07-29","knowledge_test_passed_on":"2026-07-31","quote_accepted_on":null,"exemption":null,"pauses":[],"waived":false,"audits":[{"visit_on":null,"auditor":"","started_on":null,"closed_on":null,"auditors":[],"committee":[],"scores":{},"report_approved_on":null,"hours":null,"report":"","finished_on":null,"verdict":"","verdict_on":null,"measures":[]}],"registration":null,"suspension":null,"rejection":null,"audit_requested_on":null,"ended_on":null,"renews":null,"adopted":false,"involved":["els"],"provider_side":[]}');
INSERT INTO public."case" VALUES (15, '2026-000015', '1922451314', 'exemption', 'applied', 1, 'Kiwa', '2026-09-27', '2026-09-27', NULL, NULL, NULL, NULL, '{"number":"2026-000015","enterprise":"1922451314","kind":"exemption","services":{"training":["innovatie","internationalisering"]},"bureau":"Kiwa","applied_on":"2026-09-27","rules_on":"2026-09-27","state":"applied","version":1,"last_on":"2026-09-27","first_time":true,"active_since":"2006-11-18","kmop_files":21,"years_of_history":5,"sites":1,"business_units":1,"channels":0,"declaration_signed_on":"2026-09-22","knowledge_test_passed_on":null,"quote_accepted_on":null,"exemption":{"scheme":"qfor","number":"QFOR-41716","valid_until":"2027-04-09"},"pauses":[],"waived":false,"audits":[{"visit_on":null,"auditor":"","started_on":null,"closed_on":null,"auditors":[],"committee":[],"scores":{},"report_approved_on":null,"hours":null,"report":"","finished_on":null,"verdict":"","verdict_on":null,"measures":[]}],"registration":null,"suspension":null,"rejection":null,"audit_requested_on":null,"ended_on":null,"renews":null,"adopted":false,"involved":["els"],"provider_side":[]}');
INSERT INTO public.case_number VALUES (1, '2026-11-24');
INSERT INTO public.case_number VALUES (2, '2026-11-24');
INSERT INTO public.case_number VALUES (3, '2026-11-24');
INSERT INTO public.case_number VALUES (4, '2026-11-24');
INSERT INTO public.case_number VALUES (5, '2026-11-24');
INSERT INTO public.case_number VALUES (6, '2026-11-24');
INSERT INTO public.case_number VALUES (7, '2026-11-24');
INSERT INTO public.case_number VALUES (8, '2026-11-24');
INSERT INTO public.case_number VALUES (9, '2026-01-05');
INSERT INTO public.case_number VALUES (10, '2026-02-23');
INSERT INTO public.case_number VALUES (11, '2026-04-04');
INSERT INTO public.case_number VALUES (12, '2026-05-21');
INSERT INTO public.case_number VALUES (13, '2026-06-28');
INSERT INTO public.case_number VALUES (14, '2026-08-11');
INSERT INTO public.case_number VALUES (15, '2026-09-27');
INSERT INTO public.command_log VALUES ('row:36c256381f47498992496267511484e22e65a978f83baf900544d2b701ff8425', '8e7f741e7d35f80e0fab22b2eb9559248c478e24bfbaf49b11466b1bb40375bc', '{"case":"2026-000002","trigger":"adopt","state":"certified","version":1,"warnings":[],"repeated":false,"dry_run":false}', '2026-11-24 11:36:11.035904+00');
INSERT INTO public.command_log VALUES ('row:06406bd7e08ac777d1d508ecc61ff758838ae1cf3026a29db9d86ccc5141346e', '02c8c8e4ab367784957fca8c1b38250fb81fa5a3d0233e810638ecf55d53da3a', '{"case":"2026-000003","trigger":"adopt","state":"certified","version":1,"warnings":[],"repeated":false,"dry_run":false}', '2026-11-24 11:36:11.080875+00');
INSERT INTO public.command_log VALUES ('row:a80ce19b1e00e066f3c317d96df569964d823e6a6b613d46999554640ca5b142', 'cf9be550d579f47405a6cc105a6a642a6e581604010607c4a92cf8d23cf20ad3', '{"case":"2026-000004","trigger":"adopt","state":"certified","version":1,"warnings":[],"repeated":false,"dry_run":false}', '2026-11-24 11:36:11.086896+00');
INSERT INTO public.command_log VALUES ('row:eabef3de9ba73985df499f35b374a04825d292a519236b70c96f1f9c558841cb', '0d3a99ecb24f52e4d278449507644b902ce118c7057620ba75b2390e3e4eb9e9', '{"case":"2026-000005","trigger":"adopt","state":"certified","version":1,"warnings":[],"repeated":false,"dry_run":false}', '2026-11-24 11:36:11.091438+00');
INSERT INTO public.command_log VALUES ('row:d98cfeb1dd5da1b7f2bad021ec634fef54da4ccba359ca406c96f7553b213ebb', 'fb2b52eeb2b50fe007bceea50ed50bfe0fff4d06de61221439e97ecf6be83d05', '{"case":"2026-000006","trigger":"adopt","state":"certified","version":1,"warnings":[],"repeated":false,"dry_run":false}', '2026-11-24 11:36:11.095667+00');
INSERT INTO public.command_log VALUES ('row:c2a48250d5914dbe67606a4fc4b5a4f380b9f471e0f77e6308c0e0f51c8b810b', '979cfaf68b86d072057184324fbbe448a726b57d95df88b41d3c0a7dc338324d', '{"case":"2026-000007","trigger":"adopt","state":"certified","version":1,"warnings":[],"repeated":false,"dry_run":false}', '2026-11-24 11:36:11.101211+00');
INSERT INTO public.command_log VALUES ('row:a0277b5af32ba95bff578398a7fb1cf42aac5d1af5db50b376e57a7867f699d8', '0f538caf6da09aeeb078de6261c9bf3e0636748a223af9bc35eb35c540757e56', '{"case":"2026-000008","trigger":"adopt","state":"certified","version":1,"warnings":[],"repeated":false,"dry_run":false}', '2026-11-24 11:36:11.10636+00');
INSERT INTO public.command_log VALUES ('row:cef1e4fa57f63de7d7e77f2b6d70c3dbbe3f78fda2b505c236b8e73209357191', '594c4ebffc70e7501ec0244bd257b108ca08abc28096caf3f26da5b9d3f41e9c', '{"case":"2026-000009","trigger":"submit","state":"applied","version":1,"warnings":["theme_ends"],"repeated":false,"dry_run":false}', '2026-11-24 11:36:11.110263+00');
INSERT INTO public.command_log VALUES ('row:6d52e48c9512fe96741fac06d8aa352318443562cad6347a48b94b9c610e8b3e', '776016b1c2efb7bfe64d0bb79412d3d906ed5dcffb228da9e1c1888dec9099c8', '{"case":"2026-000010","trigger":"submit","state":"applied","version":1,"warnings":[],"repeated":false,"dry_run":false}', '2026-11-24 11:36:11.11485+00');
INSERT INTO public.command_log VALUES ('row:3a39195287f3e58f5d55d584406a599ed64a3078833b4a14f789ad40e983b4a5', '6f40a72f4380a76d2ce04e6355f90d74957ff24a8eaee5839dcc5003464db30e', '{"case":"2026-000011","trigger":"submit","state":"applied","version":1,"warnings":[],"repeated":false,"dry_run":false}', '2026-11-24 11:36:11.119479+00');
INSERT INTO public.command_log VALUES ('row:ca40831b4d9afe78d34dd46ee63768bc0678ba6d220acf6dc32cf0932f3b10d5', '7e57924849c1716250eef46e04c36c9c38f13686ca1ae84e081f015506f381d1', '{"case":"2026-000012","trigger":"submit","state":"applied","version":1,"warnings":[],"repeated":false,"dry_run":false}', '2026-11-24 11:36:11.12311+00');
INSERT INTO public.command_log VALUES ('row:5e3f2f9ce49c46eb868d3f4d0528fcdcb058bef8a314a24d293291990e43bae5', '12ec100d3d96c3bcf12b64d1a68413b558b6a0d72935ddd9a06dddeb0aeceefc', '{"case":"2026-000013","trigger":"submit","state":"applied","version":1,"warnings":[],"repeated":false,"dry_run":false}', '2026-11-24 11:36:11.126382+00');
INSERT INTO public.command_log VALUES ('row:fdd7991a27809c3804a9a8e4b120864faf85b75497d881982ab038bd5ee50da9', '0146e1e379b3694a386c1b8f2b869184769366898371d3d1ee90c4a251c5d8f4', '{"case":"2026-000014","trigger":"submit","state":"applied","version":1,"warnings":[],"repeated":false,"dry_run":false}', '2026-11-24 11:36:11.128832+00');
INSERT INTO public.command_log VALUES ('row:677e6b61d531d05166fb1a385fb2c925d33b944de7b067bc181961cb9547ccaa', '9a9bd2f95bac86309a551d8672d7617707e5b08de648769434969846412b684a', '{"case":"2026-000015","trigger":"submit","state":"applied","version":1,"warnings":[],"repeated":false,"dry_run":false}', '2026-11-24 11:36:11.132528+00');
INSERT INTO public.deadline VALUES (1, 'evidence:evidence_until', '2028-05-01');
INSERT INTO public.deadline VALUES (1, 'lapse', '2027-11-25');
INSERT INTO public.deadline VALUES (1, 'lead_time:lead_overdue_on', '2027-02-25');
INSERT INTO public.deadline VALUES (1, 'lead_time:lead_heads_up_on', '2027-01-24');
INSERT INTO public.deadline VALUES (1, 'waiting:waiting_overdue_on', '2027-01-06');
INSERT INTO public.deadline VALUES (3, 'follow_up:two_year_on', '2027-07-01');
INSERT INTO public.deadline VALUES (3, 'open_follow_up', '2027-07-01');
INSERT INTO public.deadline VALUES (5, 'expire', '2030-06-24');
INSERT INTO public.deadline VALUES (5, 'renewal:valid_until', '2029-06-23');
INSERT INTO public.deadline VALUES (6, 'expire', '2031-01-02');
INSERT INTO public.deadline VALUES (6, 'renewal:valid_until', '2030-01-01');
INSERT INTO public.deadline VALUES (8, 'expire', '2028-12-23');
INSERT INTO public.deadline VALUES (8, 'renewal:valid_until', '2027-12-22');
INSERT INTO public.deadline VALUES (2, 'expire', '2027-07-01');
INSERT INTO public.deadline VALUES (2, 'renewal:valid_until', '2026-12-30');
INSERT INTO public.deadline VALUES (4, 'expire', '2026-11-30');
INSERT INTO public.deadline VALUES (4, 'follow_up:two_year_on', '2026-11-28');
INSERT INTO public.deadline VALUES (7, 'expire', '2027-05-12');
INSERT INTO public.deadline VALUES (7, 'renewal:valid_until', '2027-01-11');
INSERT INTO public.deadline VALUES (9, 'lapse', '2027-01-06');
INSERT INTO public.deadline VALUES (9, 'preparation:applied_on', '2026-12-05');
INSERT INTO public.deadline VALUES (10, 'lapse', '2027-02-24');
INSERT INTO public.deadline VALUES (10, 'preparation:applied_on', '2027-01-23');
INSERT INTO public.deadline VALUES (11, 'lapse', '2027-04-05');
INSERT INTO public.deadline VALUES (11, 'preparation:applied_on', '2027-01-04');
INSERT INTO public.deadline VALUES (12, 'lapse', '2027-05-22');
INSERT INTO public.deadline VALUES (12, 'preparation:applied_on', '2027-02-21');
INSERT INTO public.deadline VALUES (13, 'lapse', '2027-06-29');
INSERT INTO public.deadline VALUES (13, 'preparation:applied_on', '2026-12-28');
INSERT INTO public.deadline VALUES (14, 'lapse', '2027-08-12');
INSERT INTO public.deadline VALUES (14, 'preparation:applied_on', '2027-02-11');
INSERT INTO public.deadline VALUES (15, 'lapse', '2027-09-28');
INSERT INTO public.deadline VALUES (15, 'evidence:evidence_until', '2027-03-10');
INSERT INTO public.deadline VALUES (15, 'preparation:applied_on', '2026-12-27');
INSERT INTO public.history VALUES (1, 1, 'submit', NULL, 'applied', 'provider:applicant', '2026-11-24', '{"enterprise":"1900000069","kind":"exemption","services":{"training":["digitalisering","innovatie"],"advice":["cybersecurity"]},"bureau":"DNV","applied_on":"2026-11-24","rules_on":"2026-11-24","first_time":true,"active_since":"2015-09-01","kmop_files":64,"years_of_history":8,"sites":2,"business_units":1,"channels":0,"declaration_signed_on":"2026-01-05","knowledge_test_passed_on":"2025-12-18","quote_accepted_on":null,"exemption":{"scheme":"iso9001","number":"ISO9001-48213","valid_until":"2028-05-31"},"renews":""}', '[]', '24f291e54080784e', '2026-11-24 11:36:10.922869+00');
INSERT INTO public.history VALUES (1, 2, 'confirm_prepared', 'applied', 'prepared', 'bureau:plan', '2026-11-24', '{"declaration_signed_on":"2026-11-24","knowledge_test_passed_on":"2026-11-24","quote_accepted_on":"2026-11-24","exemption":{"scheme":"iso9001","number":"ISO9001-48213","valid_until":"2028-05-31"},"bureau":"DNV"}', '[]', '24f291e54080784e', '2026-11-24 11:36:10.965357+00');
INSERT INTO public.history VALUES (2, 1, 'adopt', NULL, 'certified', 'admin:els', '2026-11-24', '{"enterprise":"1900000267","kind":"basic","services":{"training":["internationalisering"],"advice":["bedrijfsstrategie","digitalisering"]},"bureau":"CertUp","applied_on":"2022-06-30","rules_on":"2022-06-30","first_time":true,"active_since":"2009-03-01","kmop_files":210,"years_of_history":0,"sites":1,"business_units":1,"channels":0,"declaration_signed_on":null,"knowledge_test_passed_on":null,"quote_accepted_on":null,"exemption":null,"renews":"","valid_from":"2022-06-30","valid_until":"2027-06-30","decided_on":"2022-06-30","two_year_on":null,"numbers":{"training":"DV.O210001","advice":"DV.A210002"}}', '[]', '24f291e54080784e', '2026-11-24 11:36:11.025437+00');
INSERT INTO public.history VALUES (3, 1, 'adopt', NULL, 'certified', 'admin:els', '2026-11-24', '{"enterprise":"1977523558","kind":"starter","services":{"training":["beroepsspecifieke competenties","duurzaamheid"]},"bureau":"LRQA","applied_on":"2026-01-01","rules_on":"2026-01-01","first_time":true,"active_since":"2024-01-08","kmop_files":2,"years_of_history":0,"sites":1,"business_units":1,"channels":0,"declaration_signed_on":null,"knowledge_test_passed_on":null,"quote_accepted_on":null,"exemption":null,"renews":"","valid_from":"2026-01-01","valid_until":"2028-01-01","decided_on":"2026-01-01","two_year_on":"2028-01-01","numbers":{"training":"DV.O200002"}}', '[]', '24f291e54080784e', '2026-11-24 11:36:11.073365+00');
INSERT INTO public.history VALUES (4, 1, 'adopt', NULL, 'certified', 'admin:els', '2026-11-24', '{"enterprise":"0032400374","kind":"starter","services":{"training":["beroepsspecifieke competenties","internationalisering","personeelsmanagement"],"advice":["beroepsspecifieke competenties","digitalisering"]},"bureau":"Kiwa","applied_on":"2024-11-29","rules_on":"2024-11-29","first_time":true,"active_since":"2023-08-09","kmop_files":4,"years_of_history":0,"sites":2,"business_units":1,"channels":0,"declaration_signed_on":null,"knowledge_test_passed_on":null,"quote_accepted_on":null,"exemption":null,"renews":"","valid_from":"2024-11-29","valid_until":"2026-11-29","decided_on":"2024-11-29","two_year_on":"2026-11-29","numbers":{"training":"DV.O200182","advice":"DV.A200182"}}', '[]', '24f291e54080784e', '2026-11-24 11:36:11.083891+00');
INSERT INTO public.history VALUES (5, 1, 'adopt', NULL, 'certified', 'admin:els', '2026-11-24', '{"enterprise":"0185900795","kind":"exemption","services":{"training":["duurzaamheid","internationalisering","personeelsmanagement"]},"bureau":"Bureau Veritas","applied_on":"2025-06-23","rules_on":"2025-06-23","first_time":true,"active_since":"2000-05-06","kmop_files":150,"years_of_history":3,"sites":1,"business_units":2,"channels":0,"declaration_signed_on":null,"knowledge_test_passed_on":null,"quote_accepted_on":null,"exemption":null,"renews":"","valid_from":"2025-06-23","valid_until":"2030-06-23","decided_on":"2025-06-23","two_year_on":null,"numbers":{"training":"DV.O200394"}}', '[]', '24f291e54080784e', '2026-11-24 11:36:11.088219+00');
INSERT INTO public.history VALUES (6, 1, 'adopt', NULL, 'certified', 'admin:els', '2026-11-24', '{"enterprise":"0128891620","kind":"exemption","services":{"training":["digitalisering","duurzaamheid","financiële geletterdheid"]},"bureau":"Bureau Veritas","applied_on":"2026-01-01","rules_on":"2026-01-01","first_time":true,"active_since":"2021-12-11","kmop_files":21,"years_of_history":4,"sites":5,"business_units":1,"channels":0,"declaration_signed_on":null,"knowledge_test_passed_on":null,"quote_accepted_on":null,"exemption":null,"renews":"","valid_from":"2026-01-01","valid_until":"2031-01-01","decided_on":"2026-01-01","two_year_on":null,"numbers":{"training":"DV.O200594"}}', '[]', '24f291e54080784e', '2026-11-24 11:36:11.093033+00');
INSERT INTO public.history VALUES (7, 1, 'adopt', NULL, 'certified', 'admin:els', '2026-11-24', '{"enterprise":"0184317420","kind":"exemption","services":{"training":["digitalisering","innovatie","personeelsmanagement"]},"bureau":"Bureau Veritas","applied_on":"2022-05-11","rules_on":"2022-05-11","first_time":true,"active_since":"2001-04-16","kmop_files":100,"years_of_history":4,"sites":1,"business_units":1,"channels":0,"declaration_signed_on":null,"knowledge_test_passed_on":null,"quote_accepted_on":null,"exemption":null,"renews":"","valid_from":"2022-05-11","valid_until":"2027-05-11","decided_on":"2022-05-11","two_year_on":null,"numbers":{"training":"DV.O200789"}}', '[]', '24f291e54080784e', '2026-11-24 11:36:11.097832+00');
INSERT INTO public.history VALUES (8, 1, 'adopt', NULL, 'certified', 'admin:els', '2026-11-24', '{"enterprise":"1948616073","kind":"exemption","services":{"training":["duurzaamheid"]},"bureau":"LRQA","applied_on":"2023-12-22","rules_on":"2023-12-22","first_time":true,"active_since":"2003-04-13","kmop_files":0,"years_of_history":7,"sites":1,"business_units":1,"channels":0,"declaration_signed_on":null,"knowledge_test_passed_on":null,"quote_accepted_on":null,"exemption":null,"renews":"","valid_from":"2023-12-22","valid_until":"2028-12-22","decided_on":"2023-12-22","two_year_on":null,"numbers":{"training":"DV.O200989"}}', '[]', '24f291e54080784e', '2026-11-24 11:36:11.103119+00');
INSERT INTO public.history VALUES (9, 1, 'submit', NULL, 'applied', 'admin:els', '2026-01-05', '{"enterprise":"0064605859","kind":"basic","services":{"training":["digitalisering","internationalisering"],"advice":["digitalisering"]},"bureau":"Brand Compliance","applied_on":"2026-01-05","rules_on":"2026-01-05","first_time":true,"active_since":"2022-07-22","kmop_files":20,"years_of_history":3,"sites":1,"business_units":1,"channels":0,"declaration_signed_on":null,"knowledge_test_passed_on":"2025-12-28","quote_accepted_on":null,"exemption":null,"renews":""}', '["theme_ends"]', '24f291e54080784e', '2026-11-24 11:36:11.107859+00');
INSERT INTO public.history VALUES (10, 1, 'submit', NULL, 'applied', 'admin:els', '2026-02-23', '{"enterprise":"0134994997","kind":"basic","services":{"training":["innovatie","internationalisering"],"advice":["cybersecurity"]},"bureau":"Bureau Veritas","applied_on":"2026-02-23","rules_on":"2026-02-23","first_time":true,"active_since":"2002-09-18","kmop_files":0,"years_of_history":5,"sites":1,"business_units":1,"channels":0,"declaration_signed_on":null,"knowledge_test_passed_on":null,"quote_accepted_on":null,"exemption":null,"renews":""}', '[]', '24f291e54080784e', '2026-11-24 11:36:11.112067+00');
INSERT INTO public.history VALUES (11, 1, 'submit', NULL, 'applied', 'admin:els', '2026-04-04', '{"enterprise":"0038134757","kind":"exemption","services":{"training":["duurzaamheid","financiële geletterdheid","personeelsmanagement"]},"bureau":"DNV","applied_on":"2026-04-04","rules_on":"2026-04-04","first_time":true,"active_since":"2019-01-27","kmop_files":80,"years_of_history":7,"sites":1,"business_units":1,"channels":0,"declaration_signed_on":"2026-03-23","knowledge_test_passed_on":null,"quote_accepted_on":null,"exemption":{"scheme":"iso9001","number":"ISO9001-59408","valid_until":"2026-10-19"},"renews":""}', '[]', '24f291e54080784e', '2026-11-24 11:36:11.118093+00');
INSERT INTO public.history VALUES (12, 1, 'submit', NULL, 'applied', 'admin:els', '2026-05-21', '{"enterprise":"1930984344","kind":"basic","services":{"training":["bedrijfsstrategie","internationalisering"],"advice":["cybersecurity"]},"bureau":"LRQA","applied_on":"2026-05-21","rules_on":"2026-05-21","first_time":true,"active_since":"2001-02-20","kmop_files":320,"years_of_history":9,"sites":1,"business_units":1,"channels":0,"declaration_signed_on":"2026-05-18","knowledge_test_passed_on":"2026-05-19","quote_accepted_on":null,"exemption":null,"renews":""}', '[]', '24f291e54080784e', '2026-11-24 11:36:11.120402+00');
INSERT INTO public.history VALUES (13, 1, 'submit', NULL, 'applied', 'admin:els', '2026-06-28', '{"enterprise":"1950470258","kind":"starter","services":{"training":["digitalisering"]},"bureau":"LRQA","applied_on":"2026-06-28","rules_on":"2026-06-28","first_time":true,"active_since":"2025-06-08","kmop_files":7,"years_of_history":0,"sites":1,"business_units":1,"channels":0,"declaration_signed_on":"2026-06-20","knowledge_test_passed_on":"2026-06-17","quote_accepted_on":null,"exemption":null,"renews":""}', '[]', '24f291e54080784e', '2026-11-24 11:36:11.124044+00');
INSERT INTO public.history VALUES (14, 1, 'submit', NULL, 'applied', 'admin:els', '2026-08-11', '{"enterprise":"0117186589","kind":"basic","services":{"advice":["cybersecurity"]},"bureau":"Brand Compliance","applied_on":"2026-08-11","rules_on":"2026-08-11","first_time":true,"active_since":"2001-08-04","kmop_files":20,"years_of_history":7,"sites":2,"business_units":4,"channels":0,"declaration_signed_on":"2026-07-29","knowledge_test_passed_on":"2026-07-31","quote_accepted_on":null,"exemption":null,"renews":""}', '[]', '24f291e54080784e', '2026-11-24 11:36:11.127203+00');
INSERT INTO public.history VALUES (15, 1, 'submit', NULL, 'applied', 'admin:els', '2026-09-27', '{"enterprise":"1922451314","kind":"exemption","services":{"training":["innovatie","internationalisering"]},"bureau":"Kiwa","applied_on":"2026-09-27","rules_on":"2026-09-27","first_time":true,"active_since":"2006-11-18","kmop_files":21,"years_of_history":5,"sites":1,"business_units":1,"channels":0,"declaration_signed_on":"2026-09-22","knowledge_test_passed_on":null,"quote_accepted_on":null,"exemption":{"scheme":"qfor","number":"QFOR-41716","valid_until":"2027-04-09"},"renews":""}', '[]', '24f291e54080784e', '2026-11-24 11:36:11.130621+00');
INSERT INTO public.history VALUES (4, 2, 'open_follow_up', 'certified', 'follow_up', 'system:clock', '2026-11-24', '{}', '[]', '24f291e54080784e', '2026-11-24 11:36:11.191377+00');
INSERT INTO public.mark VALUES ('rule:waiting@2000-01-01', '8e0b997fb17410cd', '2026-11-24 11:36:10.659632+00');
INSERT INTO public.mark VALUES ('rule:lead_time@2000-01-01', 'd29ba00439ce3512', '2026-11-24 11:36:10.661477+00');
INSERT INTO public.mark VALUES ('rule:validity@2000-01-01', '2916870afc8a0d4e', '2026-11-24 11:36:10.661663+00');
INSERT INTO public.mark VALUES ('rule:starter_validity@2000-01-01', 'cb577e5eaf4a57c0', '2026-11-24 11:36:10.661772+00');
INSERT INTO public.mark VALUES ('rule:follow_up_opens@2000-01-01', '9b2d43133d7af269', '2026-11-24 11:36:10.661854+00');
INSERT INTO public.mark VALUES ('rule:declaration@2000-01-01', '6b15574f7265547a', '2026-11-24 11:36:10.661927+00');
INSERT INTO public.mark VALUES ('rule:lapse@2000-01-01', '254a184cfb027dd0', '2026-11-24 11:36:10.66204+00');
INSERT INTO public.mark VALUES ('rule:corrective@2000-01-01', '9b2d43133d7af269', '2026-11-24 11:36:10.662104+00');
INSERT INTO public.mark VALUES ('rule:condition@2000-01-01', '332f842ce47eba9f', '2026-11-24 11:36:10.662159+00');
INSERT INTO public.mark VALUES ('rule:suspension_review@2000-01-01', 'a3ff3e888a97ac2f', '2026-11-24 11:36:10.662211+00');
INSERT INTO public.mark VALUES ('rule:appeal_bureau@2000-01-01', '7d2e9c9f971412b6', '2026-11-24 11:36:10.662262+00');
INSERT INTO public.mark VALUES ('rule:appeal_authority@2000-01-01', '483bae48ad7110dc', '2026-11-24 11:36:10.662317+00');
INSERT INTO public.mark VALUES ('rule:starter@2000-01-01', '5c78033936ae3ffa', '2026-11-24 11:36:10.664327+00');
INSERT INTO public.mark VALUES ('rule:rates@2000-01-01', '2528928fe4cab1db', '2026-11-24 11:36:10.66442+00');
INSERT INTO public.mark VALUES ('rule:rates@2023-01-01', 'b354635f12c43cb1', '2026-11-24 11:36:10.664477+00');
INSERT INTO public.mark VALUES ('rule:hours@2000-01-01', 'ab2d620c74442574', '2026-11-24 11:36:10.664525+00');
INSERT INTO public.mark VALUES ('rule:bureaus@2000-01-01', '9d0c3e27aa771bf8', '2026-11-24 11:36:10.664571+00');
INSERT INTO public.mark VALUES ('rule:bureaus@2024-02-01', 'f43cd16c4560745a', '2026-11-24 11:36:10.664662+00');
INSERT INTO public.mark VALUES ('rule:bureaus@2029-02-01', '4f53cda18c2baa0c', '2026-11-24 11:36:10.664717+00');
INSERT INTO public.mark VALUES ('rule:themes@2000-01-01', '74e081757a19dd7d', '2026-11-24 11:36:10.664765+00');
INSERT INTO public.mark VALUES ('rule:themes@2023-01-01', '1f4e225ad496dabe', '2026-11-24 11:36:10.664811+00');
INSERT INTO public.mark VALUES ('rule:themes@2026-02-01', '9ad4d49bfdbdb6f3', '2026-11-24 11:36:10.664854+00');
INSERT INTO public.mark VALUES ('rule:norm@2000-01-01', '655ba897b2a82105', '2026-11-24 11:36:10.664899+00');
INSERT INTO public.mark VALUES ('rule:ladders@2000-01-01', 'e23c832d038d8e50', '2026-11-24 11:36:10.664941+00');
INSERT INTO public.mark VALUES ('sweep', '2026-11-24', '2026-11-24 11:36:11.20646+00');
INSERT INTO public.notice VALUES (1, 1, 'step', 'event:1', '2026-11-24', 'submit', 'provider', 'provider', 'email', '2026-11-24', 'due', 0, NULL, NULL, '', '', '2026-11-24 11:36:10.922869+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (2, 1, 'step', 'event:2', '2026-11-24', 'confirm_prepared', 'provider', 'provider', 'email', '2026-11-24', 'due', 0, NULL, NULL, '', '', '2026-11-24 11:36:10.965357+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (3, 1, 'step', 'event:2', '2026-11-24', 'confirm_prepared', 'bureau', 'bureau:DNV', 'email', '2026-11-24', 'due', 0, NULL, NULL, '', '', '2026-11-24 11:36:10.965357+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (4, 2, 'step', 'event:1', '2026-11-24', 'adopt', 'provider', 'provider', 'email', '2026-11-24', 'due', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.025437+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (5, 3, 'step', 'event:1', '2026-11-24', 'adopt', 'provider', 'provider', 'email', '2026-11-24', 'due', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.073365+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (6, 4, 'step', 'event:1', '2026-11-24', 'adopt', 'provider', 'provider', 'email', '2026-11-24', 'due', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.083891+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (7, 5, 'step', 'event:1', '2026-11-24', 'adopt', 'provider', 'provider', 'email', '2026-11-24', 'due', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.088219+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (8, 6, 'step', 'event:1', '2026-11-24', 'adopt', 'provider', 'provider', 'email', '2026-11-24', 'due', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.093033+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (9, 7, 'step', 'event:1', '2026-11-24', 'adopt', 'provider', 'provider', 'email', '2026-11-24', 'due', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.097832+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (10, 8, 'step', 'event:1', '2026-11-24', 'adopt', 'provider', 'provider', 'email', '2026-11-24', 'due', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.103119+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (11, 9, 'step', 'event:1', '2026-01-05', 'submit', 'provider', 'provider', 'email', '2026-01-05', 'due', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.107859+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (12, 10, 'step', 'event:1', '2026-02-23', 'submit', 'provider', 'provider', 'email', '2026-02-23', 'due', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.112067+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (13, 11, 'step', 'event:1', '2026-04-04', 'submit', 'provider', 'provider', 'email', '2026-04-04', 'due', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.118093+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (14, 12, 'step', 'event:1', '2026-05-21', 'submit', 'provider', 'provider', 'email', '2026-05-21', 'due', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.120402+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (15, 13, 'step', 'event:1', '2026-06-28', 'submit', 'provider', 'provider', 'email', '2026-06-28', 'due', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.124044+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (16, 14, 'step', 'event:1', '2026-08-11', 'submit', 'provider', 'provider', 'email', '2026-08-11', 'due', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.127203+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (17, 15, 'step', 'event:1', '2026-09-27', 'submit', 'provider', 'provider', 'email', '2026-09-27', 'due', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.130621+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (18, 2, 'renewal', 'valid_until', '2027-06-30', '-12m', 'provider', 'provider', 'email', '2026-06-30', 'due', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.189315+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (19, 4, 'step', 'event:2', '2026-11-24', 'open_follow_up', 'provider', 'provider', 'email', '2026-11-24', 'due', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.191377+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (20, 4, 'follow_up', 'two_year_on', '2026-11-29', '-6m', 'provider', 'provider', 'email', '2026-05-29', 'moot', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.195268+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (21, 4, 'follow_up', 'two_year_on', '2026-11-29', '-4m', 'provider', 'provider', 'email', '2026-07-29', 'moot', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.195268+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (22, 4, 'follow_up', 'two_year_on', '2026-11-29', '-3m', 'provider', 'provider', 'email', '2026-08-29', 'moot', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.195268+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (23, 4, 'follow_up', 'two_year_on', '2026-11-29', '-3m', 'bureau', 'bureau:Kiwa', 'email', '2026-08-29', 'moot', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.195268+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (24, 4, 'follow_up', 'two_year_on', '2026-11-29', '-2m', 'provider', 'provider', 'email', '2026-09-29', 'moot', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.195268+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (25, 4, 'follow_up', 'two_year_on', '2026-11-29', '-2m', 'bureau', 'bureau:Kiwa', 'email', '2026-09-29', 'moot', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.195268+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (26, 4, 'follow_up', 'two_year_on', '2026-11-29', '-1m', 'provider', 'provider', 'email', '2026-10-29', 'moot', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.195268+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (27, 4, 'follow_up', 'two_year_on', '2026-11-29', '-1m', 'bureau', 'bureau:Kiwa', 'email', '2026-10-29', 'moot', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.195268+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (28, 4, 'follow_up', 'two_year_on', '2026-11-29', '-14d', 'provider', 'provider', 'email', '2026-11-15', 'moot', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.195268+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (29, 4, 'follow_up', 'two_year_on', '2026-11-29', '-14d', 'bureau', 'bureau:Kiwa', 'email', '2026-11-15', 'moot', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.195268+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (30, 4, 'follow_up', 'two_year_on', '2026-11-29', '-14d', 'authority', 'authority', 'email', '2026-11-15', 'moot', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.195268+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (31, 4, 'follow_up', 'two_year_on', '2026-11-29', '-7d', 'provider', 'provider', 'email', '2026-11-22', 'due', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.195268+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (32, 4, 'follow_up', 'two_year_on', '2026-11-29', '-7d', 'bureau', 'bureau:Kiwa', 'email', '2026-11-22', 'due', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.195268+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (33, 4, 'follow_up', 'two_year_on', '2026-11-29', '-7d', 'authority', 'authority', 'email', '2026-11-22', 'due', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.195268+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (34, 7, 'renewal', 'valid_until', '2027-05-11', '-12m', 'provider', 'provider', 'email', '2026-05-11', 'moot', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.198445+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (35, 7, 'renewal', 'valid_until', '2027-05-11', '-6m', 'provider', 'provider', 'email', '2026-11-11', 'due', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.198445+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (36, 9, 'preparation', 'applied_on', '2026-01-05', '+2w', 'provider', 'provider', 'email', '2026-01-19', 'moot', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.198972+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (37, 9, 'preparation', 'applied_on', '2026-01-05', '+25d', 'provider', 'provider', 'email', '2026-01-30', 'moot', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.198972+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (38, 9, 'preparation', 'applied_on', '2026-01-05', '+3m', 'provider', 'provider', 'email', '2026-04-05', 'moot', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.198972+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (39, 9, 'preparation', 'applied_on', '2026-01-05', '+6m', 'provider', 'provider', 'email', '2026-07-05', 'moot', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.198972+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (40, 9, 'preparation', 'applied_on', '2026-01-05', '+9m', 'provider', 'provider', 'email', '2026-10-05', 'due', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.198972+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (41, 10, 'preparation', 'applied_on', '2026-02-23', '+2w', 'provider', 'provider', 'email', '2026-03-09', 'moot', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.19953+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (42, 10, 'preparation', 'applied_on', '2026-02-23', '+25d', 'provider', 'provider', 'email', '2026-03-20', 'moot', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.19953+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (43, 10, 'preparation', 'applied_on', '2026-02-23', '+3m', 'provider', 'provider', 'email', '2026-05-23', 'moot', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.19953+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (44, 10, 'preparation', 'applied_on', '2026-02-23', '+6m', 'provider', 'provider', 'email', '2026-08-23', 'moot', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.19953+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (45, 10, 'preparation', 'applied_on', '2026-02-23', '+9m', 'provider', 'provider', 'email', '2026-11-23', 'due', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.19953+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (46, 11, 'preparation', 'applied_on', '2026-04-04', '+2w', 'provider', 'provider', 'email', '2026-04-18', 'moot', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.202045+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (47, 11, 'preparation', 'applied_on', '2026-04-04', '+3m', 'provider', 'provider', 'email', '2026-07-04', 'moot', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.202045+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (48, 11, 'preparation', 'applied_on', '2026-04-04', '+6m', 'provider', 'provider', 'email', '2026-10-04', 'due', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.202045+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (49, 11, 'evidence', 'evidence_until', '2026-10-19', '-30d', 'provider', 'provider', 'email', '2026-09-19', 'moot', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.202045+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (50, 11, 'evidence', 'evidence_until', '2026-10-19', '-7d', 'provider', 'provider', 'email', '2026-10-12', 'moot', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.202045+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (51, 12, 'preparation', 'applied_on', '2026-05-21', '+2w', 'provider', 'provider', 'email', '2026-06-04', 'moot', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.202609+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (52, 12, 'preparation', 'applied_on', '2026-05-21', '+3m', 'provider', 'provider', 'email', '2026-08-21', 'moot', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.202609+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (53, 12, 'preparation', 'applied_on', '2026-05-21', '+6m', 'provider', 'provider', 'email', '2026-11-21', 'due', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.202609+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (54, 13, 'preparation', 'applied_on', '2026-06-28', '+2w', 'provider', 'provider', 'email', '2026-07-12', 'moot', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.203068+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (55, 13, 'preparation', 'applied_on', '2026-06-28', '+3m', 'provider', 'provider', 'email', '2026-09-28', 'due', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.203068+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (56, 14, 'preparation', 'applied_on', '2026-08-11', '+2w', 'provider', 'provider', 'email', '2026-08-25', 'moot', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.203483+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (57, 14, 'preparation', 'applied_on', '2026-08-11', '+3m', 'provider', 'provider', 'email', '2026-11-11', 'due', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.203483+00', NULL, 0, NULL);
INSERT INTO public.notice VALUES (58, 15, 'preparation', 'applied_on', '2026-09-27', '+2w', 'provider', 'provider', 'email', '2026-10-11', 'due', 0, NULL, NULL, '', '', '2026-11-24 11:36:11.205883+00', NULL, 0, NULL);
INSERT INTO public.party VALUES ('1900000069', 'Zilverbrug Opleidingen BV', '{"enterprise":"1900000069","name":"Zilverbrug Opleidingen BV","iban":"BE68539007547034","bic":"","establishment_units":[],"contact":{"name":"Hanne Vlaeminckx","email":"hanne.vlaeminckx@zilverbrug.example","language":"nl","channels":[],"role":"general","muted":[]},"contacts":[{"name":"Wout Terlinck","email":"wout.terlinck@zilverbrug.example","language":"fr","channels":[],"role":"finance","muted":[]}]}');
INSERT INTO public.party VALUES ('1900000267', 'Havenbaken Consult NV', '{"enterprise":"1900000267","name":"Havenbaken Consult NV","iban":"BE68539007547034","bic":"","establishment_units":[],"contact":{"name":"Céline Lambertin","email":"celine.lambertin@havenbaken.example","language":"fr","channels":[],"role":"general","muted":[]},"contacts":[]}');
INSERT INTO public.party VALUES ('1977523558', 'Blauwster Training NV', '{"enterprise":"1977523558","name":"Blauwster Training NV","iban":"BE92999676211423","bic":"","establishment_units":["7156366030"],"contact":{"name":"Els Cooremanspoel","email":"els.cooremanspoel@blauwster-training.example","language":"nl","channels":[],"role":"general","muted":[]},"contacts":[]}');
INSERT INTO public.party VALUES ('0032400374', 'Torenkring Training BV', '{"enterprise":"0032400374","name":"Torenkring Training BV","iban":"BE92999374260123","bic":"","establishment_units":[],"contact":{"name":"Bert Vlaeminckx","email":"bert.vlaeminckx@torenkring-training.example","language":"nl","channels":[],"role":"general","muted":[]},"contacts":[]}');
INSERT INTO public.party VALUES ('0185900795', 'Westerspoor Leerhuis CV', '{"enterprise":"0185900795","name":"Westerspoor Leerhuis CV","iban":"BE68999246997234","bic":"","establishment_units":[],"contact":{"name":"Kaat Janssoone","email":"kaat.janssoone@westerspoor-leerhuis.example","language":"fr","channels":[],"role":"general","muted":[]},"contacts":[]}');
INSERT INTO public.party VALUES ('0128891620', 'Zilverpunt Consult VZW', '{"enterprise":"0128891620","name":"Zilverpunt Consult VZW","iban":"BE04999173500031","bic":"","establishment_units":[],"contact":{"name":"Sofie Vanderlinden","email":"sofie.vanderlinden@zilverpunt-consult.example","language":"fr","channels":[],"role":"general","muted":[]},"contacts":[]}');
INSERT INTO public.party VALUES ('0184317420', 'Vlaswerf Training NV', '{"enterprise":"0184317420","name":"Vlaswerf Training NV","iban":"BE28999721471320","bic":"","establishment_units":["7052966703"],"contact":{"name":"Hanne Baertvelt","email":"hanne.baertvelt@vlaswerf-training.example","language":"nl","channels":[],"role":"general","muted":[]},"contacts":[]}');
INSERT INTO public.party VALUES ('1948616073', 'Sluishof Academie BV', '{"enterprise":"1948616073","name":"Sluishof Academie BV","iban":"BE57999599456535","bic":"","establishment_units":[],"contact":{"name":"Geert Peetermans","email":"geert.peetermans@sluishof-academie.example","language":"nl","channels":[],"role":"general","muted":[]},"contacts":[]}');
INSERT INTO public.party VALUES ('0064605859', 'Zilverhof Consult VZW', '{"enterprise":"0064605859","name":"Zilverhof Consult VZW","iban":"BE20999753213356","bic":"","establishment_units":[],"contact":{"name":"Hanne Goosdonk","email":"hanne.goosdonk@zilverhof-consult.example","language":"nl","channels":[],"role":"general","muted":[]},"contacts":[]}');
INSERT INTO public.party VALUES ('0134994997', 'Duinbaken Academie VZW', '{"enterprise":"0134994997","name":"Duinbaken Academie VZW","iban":"BE22999728215547","bic":"","establishment_units":[],"contact":{"name":"Olivier Claesens","email":"olivier.claesens@duinbaken-academie.example","language":"nl","channels":[],"role":"general","muted":[]},"contacts":[]}');
INSERT INTO public.party VALUES ('0038134757', 'Hoppebrug Leerhuis BV', '{"enterprise":"0038134757","name":"Hoppebrug Leerhuis BV","iban":"BE81999506267524","bic":"","establishment_units":[],"contact":{"name":"Céline Mertensoone","email":"celine.mertensoone@hoppebrug-leerhuis.example","language":"fr","channels":[],"role":"general","muted":[]},"contacts":[]}');
INSERT INTO public.party VALUES ('1930984344', 'Zwaluwpunt Academie BV', '{"enterprise":"1930984344","name":"Zwaluwpunt Academie BV","iban":"BE60999923352770","bic":"","establishment_units":[],"contact":{"name":"Joris Vanderlinden","email":"joris.vanderlinden@zwaluwpunt-academie.example","language":"nl","channels":[],"role":"general","muted":[]},"contacts":[]}');
INSERT INTO public.party VALUES ('1950470258', 'Meersstroom Consult VZW', '{"enterprise":"1950470258","name":"Meersstroom Consult VZW","iban":"BE53999255515753","bic":"","establishment_units":[],"contact":{"name":"Fatima Vanderlinden","email":"fatima.vanderlinden@meersstroom-consult.example","language":"nl","channels":[],"role":"general","muted":[]},"contacts":[]}');
INSERT INTO public.party VALUES ('0117186589', 'Blauwwerf Academie CV', '{"enterprise":"0117186589","name":"Blauwwerf Academie CV","iban":"BE37999083260628","bic":"","establishment_units":[],"contact":{"name":"Wim Hermansdal","email":"wim.hermansdal@blauwwerf-academie.example","language":"nl","channels":[],"role":"general","muted":[]},"contacts":[]}');
INSERT INTO public.party VALUES ('1922451314', 'Oeverstroom Opleidingen BV', '{"enterprise":"1922451314","name":"Oeverstroom Opleidingen BV","iban":"BE64999972694852","bic":"","establishment_units":[],"contact":{"name":"Hanne Janssoone","email":"hanne.janssoone@oeverstroom-opleidingen.example","language":"nl","channels":[],"role":"general","muted":[]},"contacts":[]}');
SELECT pg_catalog.setval('public.case_number_id_seq', 15, true);
SELECT pg_catalog.setval('public.notice_id_seq', 58, true);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public."case"
    ADD CONSTRAINT pk_case PRIMARY KEY (id);
ALTER TABLE ONLY public.case_number
    ADD CONSTRAINT pk_case_number PRIMARY KEY (id);
ALTER TABLE ONLY public.channel
    ADD CONSTRAINT pk_channel PRIMARY KEY (name);
ALTER TABLE ONLY public.command_log
    ADD CONSTRAINT pk_command_log PRIMARY KEY (key);
ALTER TABLE ONLY public.deadline
    ADD CONSTRAINT pk_deadline PRIMARY KEY (case_id, kind);
ALTER TABLE ONLY public.history
    ADD CONSTRAINT pk_history PRIMARY KEY (case_id, seq);
ALTER TABLE ONLY public.mark
    ADD CONSTRAINT pk_mark PRIMARY KEY (name);
ALTER TABLE ONLY public.notice
    ADD CONSTRAINT pk_notice PRIMARY KEY (id);
ALTER TABLE ONLY public.party
    ADD CONSTRAINT pk_party PRIMARY KEY (enterprise);
ALTER TABLE ONLY public.party_change
    ADD CONSTRAINT pk_party_change PRIMARY KEY (enterprise, seq);
ALTER TABLE ONLY public.posted
    ADD CONSTRAINT pk_posted PRIMARY KEY ("on", digest);
ALTER TABLE ONLY public.refused
    ADD CONSTRAINT pk_refused PRIMARY KEY (digest);
ALTER TABLE ONLY public.switch
    ADD CONSTRAINT pk_switch PRIMARY KEY (name);
ALTER TABLE ONLY public."case"
    ADD CONSTRAINT uq_case_number UNIQUE (number);
ALTER TABLE ONLY public.notice
    ADD CONSTRAINT uq_notice_key UNIQUE (case_id, ladder, anchor, anchor_on, rung, recipient, channel);
CREATE INDEX ix_case_enterprise ON public."case" USING btree (enterprise);
CREATE INDEX ix_case_renews ON public."case" USING btree (renews) WHERE (renews IS NOT NULL);
CREATE INDEX ix_deadline_due_on_case_id ON public.deadline USING btree (due_on, case_id);
CREATE INDEX ix_notice_open ON public.notice USING btree (id) WHERE ((status)::text = ANY ((ARRAY['due'::character varying, 'retry'::character varying, 'ambiguous'::character varying, 'sending'::character varying])::text[]));
CREATE INDEX ix_notice_reader ON public.notice USING btree (recipient, channel, id) WHERE ((status)::text = ANY ((ARRAY['due'::character varying, 'retry'::character varying, 'ambiguous'::character varying, 'sending'::character varying])::text[]));
CREATE TRIGGER history_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.history FOR EACH STATEMENT EXECUTE FUNCTION public.history_is_append_only();
ALTER TABLE ONLY public.deadline
    ADD CONSTRAINT fk_deadline_case_id FOREIGN KEY (case_id) REFERENCES public."case"(id);
ALTER TABLE ONLY public.history
    ADD CONSTRAINT fk_history_case_id FOREIGN KEY (case_id) REFERENCES public."case"(id);
ALTER TABLE ONLY public.notice
    ADD CONSTRAINT fk_notice_case_id FOREIGN KEY (case_id) REFERENCES public."case"(id);
